"""Each refusal is declared once, in the table of those who answer it, and somebody answers it."""

import ast
from collections.abc import Iterator

import pytest

from deploy.services import refusals
from shared.refusals import Refusal, RefusalCode
from tests.tidy.house import product
from tests.tidy.test_imports import advice

CODES = refusals()


def answered() -> Iterator[tuple[str, str]]:
    """The package that names a code, and the code's name, e.g. ("services/orders", "STORE_CLOSED")."""
    names = {each.__name__ for each in RefusalCode.__subclasses__()} | {"R"}
    for source in product():
        if source.path.name == "refusals.py":
            continue
        where = "shared" if source.parts[0] == "shared" else "/".join(source.parts[:2])
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
                yield where, node.attr


ANSWERED = frozenset(answered())


def places(code: RefusalCode) -> set[str]:
    """The packages that answer it."""
    return {where for where, name in ANSWERED if name == code.name}


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_answered_somewhere(code: RefusalCode) -> None:
    assert places(code), "delete it from its table"


def test_what_one_service_answers_is_declared_by_it() -> None:
    alone = {code: places(code) - {"shared"} for code in CODES if code in set(Refusal) and len(places(code)) == 1}
    found = [f"{code}: {where}" for code, services in alone.items() for where in services]
    assert found == [], advice(found, "move it to the refusals.py of this service")
