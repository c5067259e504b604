"""Who may know what. What import-linter can't say (which file sees which library) is said here."""

import pytest
from importlinter.cli import lint_imports

from tests.tidy.house import ROOT, Source, imports, product

STORAGE = {"sqlalchemy", "sqlmodel", "asyncpg", "alembic"}
HTTP = {"fastapi", "starlette", "uvicorn"}
BROKER = {"faststream", "aio_pika", "aiormq", "pamqp"}
DOMAIN = {"shared.actor", "shared.money", "shared.refusals", "shared.texts"}
MAY: dict[str, set[str]] = {
    "tables": {"sqlalchemy", "sqlmodel"},
    "repository": {"sqlalchemy", "sqlmodel", "asyncpg"},
    "queries": {"sqlalchemy", "sqlmodel"},
    "unit_of_work": {"asyncpg"},
    "api": {"fastapi"},
    "schemas": {"fastapi"},
}
"""Which libraries of the edges a file of this name may see; every other file sees none of them."""


def advice(found: list[str], instead: str) -> str:
    """What is wrong and what to do."""
    return "\n".join(["", *found, f"  -> {instead}"])


def of_services() -> list[Source]:
    """The files of all services."""
    return [source for source in product() if source.role]


class TestWhoMayImportWhom:
    def test_the_contracts_of_pyproject_hold(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(ROOT)
        broken = lint_imports(no_cache=True)
        assert broken == 0, advice(
            [capsys.readouterr().out], "talk by events of shared.contracts; keep the domain pure"
        )

    def test_only_the_edges_of_a_service_see_the_libraries_of_the_edges(self) -> None:
        edges = STORAGE | HTTP | BROKER
        found = [
            f"{source.name}:{line} imports {module}"
            for source in of_services()
            for line, module in imports(source)
            if module.split(".")[0] in edges - MAY.get(source.role, set())
        ]
        instead = (
            "SQL belongs in repository or queries, tables in tables, HTTP in api and schemas, the broker in shared"
        )
        assert found == [], advice(found, instead)

    def test_subscribers_know_the_broker_only_through_shared_messaging(self) -> None:
        allowed = (
            "collections.abc",
            "shared.messaging",
            "shared.contracts",
            "shared.refusals",
            "services.",
            "datetime",
            "typing",
            "uuid",
        )
        found = [
            f"{source.name}:{line} imports {module}"
            for source in of_services()
            if source.role == "subscribers"
            for line, module in imports(source)
            if not module.startswith(allowed)
        ]
        assert found == [], advice(found, "a subscriber reads the event and calls one command")

    def test_the_domain_knows_of_shared_only_money_and_refusals(self) -> None:
        found = [
            f"{source.name}:{line} imports {module}"
            for source in of_services()
            if source.role == "domain"
            for line, module in imports(source)
            if module.startswith("shared") and module not in DOMAIN
        ]
        assert found == [], advice(found, "pass the fact as an argument: time, ids and settings come from outside")

    def test_schemas_and_api_do_not_reach_into_the_repository(self) -> None:
        found = [
            f"{source.name}:{line} imports {module}"
            for source in of_services()
            if source.role in ("api", "subscribers")
            for line, module in imports(source)
            if ".repository" in module or module.endswith(".tables")
        ]
        assert found == [], advice(found, "an edge asks a command or a query")


class TestDoesTheRuleBite:
    @pytest.mark.parametrize("role", ["commands", "domain", "publishers", "subscribers"])
    def test_a_file_without_leave_has_none(self, role: str) -> None:
        assert MAY.get(role, set()) & (STORAGE | HTTP | BROKER) == set()
