"""A status is written by its transition table and by nothing else, in every service."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.tidy.house import Source, product, strings
from tests.tidy.test_imports import advice


@dataclass(frozen=True)
class Status:
    """A status: the file whose table writes it, the enum of its values, the field and the column it stands in."""

    table: str
    enum: str
    field: str

    @property
    def service(self) -> str:
        """The folder of the service, e.g. services/orders/."""
        return "/".join(self.table.split("/")[:2]) + "/"


STATUSES = (
    Status("services/orders/domain/lifecycle.py", "Status", "status"),
    Status("services/payments/domain/attempt.py", "AttemptStatus", "status"),
    Status("services/payments/domain/line.py", "LineState", "state"),
    Status("services/payments/domain/adjustment.py", "AdjustmentState", "state"),
    Status("services/disputes/domain/case.py", "State", "state"),
    Status("services/disputes/domain/conduct.py", "AccountStatus", "standing"),
)
BESIDE = {
    "services/orders/domain/transition.py": "applies the table's row to the order: `status=row.target`",
    "services/orders/commands/checkout.py": "places an order (T1), which has no place before it",
}
"""Who beside a table's own file may write a status, and why."""
PASSIVE = (ast.Compare, ast.MatchValue, ast.Set, ast.Dict, ast.Assert)
"""Where naming a value asks for it, and does not set it."""


def of(status: Status) -> list[Source]:
    """The files of the status's service beside its table and those of other statuses."""
    tables = {each.table for each in STATUSES}
    return [each for each in product() if each.name.startswith(status.service) and each.name not in {*tables, *BESIDE}]


def named_values(tree: ast.Module, enum: str) -> Iterator[int]:
    """Lines where a value of the enum is handed on: as an argument, a default, a result or a variable's value."""
    parents = {id(child): node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and _is_value(node.value, enum) and node.arg is not None:
            yield node.value.lineno
        elif isinstance(node, ast.Call):
            yield from (arg.lineno for arg in node.args if _is_value(arg, enum) and not _compares(node, parents))


def _is_value(node: ast.AST, enum: str) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == enum


def _compares(node: ast.AST, parents: dict[int, ast.AST]) -> bool:
    inside: ast.AST | None = node
    while inside is not None and not isinstance(inside, ast.stmt):
        if isinstance(inside, PASSIVE):
            return True
        inside = parents.get(id(inside))
    return False


def assigned(tree: ast.Module, field: str) -> Iterator[int]:
    """Lines where `replace(..., field=...)` gives a thing another status, or `thing.field = ...` does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "replace":
            yield from (each.value.lineno for each in node.keywords if each.arg == field)
        elif isinstance(node, ast.Assign):
            yield from (node.lineno for each in node.targets if isinstance(each, ast.Attribute) and each.attr == field)


def written(sql: str, field: str) -> bool:
    """Whether a statement sets the column to a value that is not a parameter."""
    return bool(re.search(rf"(?i)\bset\b((?!\bwhere\b)[^;])*?\b{field}\s*=\s*(case\b|')", sql))


@pytest.mark.parametrize("status", STATUSES, ids=lambda each: f"{each.enum} of {each.service}")
class TestIsTheTableTheOnlyWriter:
    def test_nothing_else_assigns_it(self, status: Status) -> None:
        found = [f"{source.name}:{line}" for source in of(status) for line in assigned(source.tree, status.field)]
        assert found == [], advice(found, f"add a row to the table of {status.table} and apply it")

    def test_nothing_else_hands_a_value_of_it_on(self, status: Status) -> None:
        found = [f"{source.name}:{line}" for source in of(status) for line in named_values(source.tree, status.enum)]
        assert found == [], advice(found, f"let the table of {status.table} say which one comes")

    def test_no_statement_writes_a_value_of_its_own(self, status: Status) -> None:
        found = [
            f"{source.name}:{line}"
            for source in of(status)
            if source.role == "repository"
            for line, text in strings(source)
            if written(text, status.field)
        ]
        assert found == [], advice(found, "hand the status in as a parameter: storage decides nothing")


class TestDoesTheRuleBite:
    @pytest.mark.parametrize(
        "code",
        [
            "save(attempt.id, AttemptStatus.REVERSED, attempt.reason)",
            "replace(new, reason=None, status=AttemptStatus.CAPTURED)",
            "Attempt(id, status=AttemptStatus.PENDING)",
        ],
    )
    def test_a_value_that_is_handed_on_is_found(self, code: str) -> None:
        assert list(named_values(ast.parse(code), "AttemptStatus")) == [1]

    @pytest.mark.parametrize("code", ["a.status is AttemptStatus.REVERSED", "a.status in {AttemptStatus.REVERSED}"])
    def test_a_question_is_not(self, code: str) -> None:
        assert list(named_values(ast.parse(code), "AttemptStatus")) == []

    @pytest.mark.parametrize("code", ["replace(case, state=x)", "case.state = x"])
    def test_an_assignment_is_found(self, code: str) -> None:
        assert list(assigned(ast.parse(code), "state")) == [1]

    def test_a_value_in_a_statement_is_found(self) -> None:
        assert written("update payment_lines set state = 'offered', offered_by = $2 where number = $1", "state")
        assert not written("update payment_lines set state = $2 where state = 'paid'", "state")
