#!/usr/bin/env bash
# Compiles every requirements*.in into its lock file; versions stay unless --upgrade or --upgrade-package NAME asks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# openapi-python-client caps typer for its own command line, which nothing here uses: the services' typer wins.
overrides=$(mktemp)
trap 'rm -f "$overrides"' EXIT
grep '^typer' requirements.in >"$overrides"
for source in requirements.in requirements-dev.in requirements-setup.in; do
    lock=${source%.in}.lock
    echo "$source -> $lock"
    .venv/setup/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --no-header --no-annotate --override "$overrides" "$@" "$source" -o "$lock" >/dev/null
done
echo "Done. Look at git diff; the next command installs what changed."
