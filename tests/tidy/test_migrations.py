"""Migrations are frozen: what was published makes the same tables for ever, whatever becomes of the code beside it."""

import ast
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from deploy.services import SERVICES
from shared.db.revisions import common, folder
from tests.tidy.house import CODE, ROOT, Source, imports, sources
from tests.tidy.test_imports import advice

PUBLISHED = Path(__file__).with_name("published_migrations.sha256")
"""One line per file, as sha256sum writes it."""
COMMON = re.compile(r"""["'](\d{4}\.sql)["']""")


def versions(service: str) -> list[Path]:
    """The service's migrations, oldest first."""
    return sorted((folder(service) / "versions").glob("*.py"))


def hashes(files: Iterable[Path]) -> dict[str, str]:
    """The hash of each file by its path in the project."""
    return {each.relative_to(ROOT).as_posix(): sha256(each.read_bytes()).hexdigest() for each in files}


def published() -> dict[str, str]:
    """The hash that each file was published with."""
    pairs = (line.split() for line in PUBLISHED.read_text().splitlines())
    return {name: digest for digest, name in pairs}


def changed(there: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """The published files that are gone or other than they were."""
    return sorted(name for name, digest in before.items() if there.get(name) != digest)


def live(source: Source) -> list[str]:
    """What the file imports of this project."""
    return [
        f"{source.name}:{line} imports {module}" for line, module in imports(source) if module.split(".")[0] in CODE
    ]


class TestIsHistoryFrozen:
    def test_no_migration_imports_live_code(self) -> None:
        found = [each for source in sources() if "versions" in source.parts for each in live(source)]
        assert found == [], advice(found, "write the SQL into the migration: op.execute(sql) of alembic")

    def test_what_is_published_never_changes(self) -> None:
        files = [*common(), *(each for service in SERVICES for each in versions(service))]
        found = changed(hashes(files), published())
        assert found == [], advice(found, "take the change back and add a new migration after it")

    def test_every_file_is_on_the_list(self) -> None:
        files = [*common(), *(each for service in SERVICES for each in versions(service))]
        found = [f"{digest}  {name}" for name, digest in hashes(files).items() if name not in published()]
        assert found == [], advice(found, f"add these lines to {PUBLISHED.relative_to(ROOT)}")

    @pytest.mark.parametrize("service", SERVICES)
    def test_every_service_executes_every_version_of_the_common_tables_once_and_in_order(self, service: str) -> None:
        executed = [name for each in versions(service) for name in COMMON.findall(each.read_text())]
        wanted = [each.name for each in common()]
        assert executed == wanted, advice([f"{service}: {executed}"], "add a migration that executes the next version")


class TestDoesTheRuleBite:
    def test_an_import_of_live_code_is_seen(self) -> None:
        text = "from shared.db.tables import COMMON\nfrom alembic import op\n"
        assert len(live(Source(ROOT / "services/orders/migrations/versions/0009_x.py", text, ast.parse(text)))) == 1

    def test_a_published_file_that_is_changed_or_gone_is_seen(self) -> None:
        assert changed({"a": "2", "c": "1"}, {"a": "1", "b": "1", "c": "1"}) == ["a", "b"]
