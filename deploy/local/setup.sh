#!/usr/bin/env bash
# Prepares this checkout: the Python environment in .venv and, for `up`, the Debian packages of the three servers.
# Does nothing, silently, when nothing is missing. Writes only to stderr, so that commands which print a value stay clean.
#
#   deploy/local/setup.sh            everything
#   deploy/local/setup.sh python     only the Python environment (lint, types, token)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=deploy/local/packages.sh
. deploy/local/packages.sh

readonly VENV=.venv
readonly STAMP=$VENV/.holdfast
readonly LOCKS=(requirements-setup.lock requirements-dev.lock)

say() { printf '%s\n' "$*" >&2; }
fail() { # what failed, then one line per step to mend it
    say "" "FAILED: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 1
}

expected_stamp() { # the checkout's path is part of it: the scripts in .venv name it
    printf '%s\n' "$PWD"
    sha256sum "${LOCKS[@]}"
}

environment_is_ready() {
    [ -x $VENV/bin/python ] && [ -f $STAMP ] && [ "$(cat $STAMP)" = "$(expected_stamp)" ]
}

to_the_end() { # Python would answer Ctrl-C with a traceback: it is let end, which takes seconds, and then the trap answers
    (trap '' INT && exec "$@")
}

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

make_environment() {
    local python
    python=$(find_python) ||
        fail "no Python 3.11 or newer with the venv module was found." \
            "Install one (Debian 12: apt-get install python3-venv), or name one: PYTHON=/path/to/python3.11 make up"
    say "Python environment: $("$python" --version) at $python"
    # A home that cannot be written (a service account) still needs a place for the downloads.
    if ! mkdir -p "${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}" 2>/dev/null; then
        export XDG_CACHE_HOME=$PWD/.run/cache
    fi
    if ! $VENV/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        rm -rf $VENV
        to_the_end "$python" -m venv --without-pip $VENV
    fi
    # The installer lives beside the environment, so that `uv pip sync` may make the environment exact.
    $VENV/setup/bin/python -m pip --version >/dev/null 2>&1 || to_the_end "$python" -m venv --clear $VENV/setup
    trust_what_pip_trusts
    say "  installing uv from requirements-setup.lock"
    to_the_end $VENV/setup/bin/python -m pip install -q --disable-pip-version-check --require-hashes --no-deps \
        -r requirements-setup.lock >&2 || fail "pip could not install uv." "Is the package index reachable from here? Then run the same command again."
    say "  installing $(grep -c '==' requirements-dev.lock) packages from requirements-dev.lock, each checked against its hash"
    $VENV/setup/bin/uv pip sync -q --require-hashes --compile-bytecode --python $VENV/bin/python \
        requirements-dev.lock >&2 || fail "uv could not install requirements-dev.lock." "Is the package index reachable from here? Then run the same command again."
    expected_stamp >$STAMP
    say "  ready in $VENV"
}

trust_what_pip_trusts() { # uv does not read pip's configuration, where a house's own certificates are named
    local certificates
    certificates=$($VENV/setup/bin/python -m pip config list 2>/dev/null | sed -n "s/^[a-z:]*\.cert='\(.*\)'$/\1/p" | tail -n 1)
    [ -z "$certificates" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificates}"
}

main() {
    trap 'say "" "Interrupted while this machine was prepared. The same command goes on where it stopped."; exit 130' INT
    case $PWD in *[!A-Za-z0-9_@+=:,./-]*)
        fail "This checkout lies in '$PWD', which has a character that the servers' own start scripts cannot take." \
            "Move it to a path of letters, digits and the signs . _ - + = @ only, without spaces."
        ;;
    esac
    local missing=
    [ "${1:-all}" = python ] || missing=$(missing_packages)
    # shellcheck disable=SC2086  # one word per package
    environment_is_ready && { [ -z "$missing" ] || install_packages $missing; } && return
    find_python >/dev/null || missing="$missing python3 python3-venv"
    # shellcheck disable=SC2086
    [ -z "$missing" ] || install_packages $missing
    { mkdir -p -m 700 .run && : >>.run/setup.lock && [ -w . ] && { [ ! -e $VENV ] || [ -w $VENV ]; }; } 2>/dev/null ||
        fail "$(id -un) can't use the Python environment in $PWD/.venv, and can't write there to make one." \
            "Run the command as the owner of this checkout, or in a copy of your own."
    exec 9>>.run/setup.lock
    flock 9 # two commands at once: the second waits and then finds the work done
    environment_is_ready || make_environment
}

main "$@"
