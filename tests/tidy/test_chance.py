"""A run of the tests is a function of the commit: nothing in them draws from the day or from an unknown seed."""

import ast
from collections.abc import Iterator

import pytest

from tests.tidy.house import Source, calls, sources
from tests.tidy.test_imports import advice

SEEDED = {"Random"}
"""What may be named of the module `random`: its class, which is given a seed."""
CALENDAR = ("today", "strftime", "timetuple", "toordinal", "isocalendar", "weekday", "isoweekday")
"""What turns a moment into a day, of which a test must not know."""
ENVIRONMENT = {"tests/support/effort.py", "tests/support/stacks.py", "tests/bench/cli.py"}
"""Who may read the environment: what chance begins with, where the stack runs, and how long is measured."""


def of_tests() -> list[Source]:
    """The tests and what they are made of; these lines themselves left out."""
    return [source for source in sources() if source.parts[0] == "tests" and source.name != "tests/tidy/test_chance.py"]


def unseeded(tree: ast.AST) -> Iterator[int]:
    """The lines that draw from a chance which nobody can repeat."""
    return (line for node in ast.walk(tree) if (line := _unseeded(node)))


def _unseeded(node: ast.AST) -> int:
    match node:
        case ast.ImportFrom(module="random", names=names):
            return node.lineno if {each.name for each in names} - SEEDED else 0
        case ast.Import(names=names):
            return node.lineno if "secrets" in {each.name for each in names} else 0
        case (
            ast.ImportFrom(module="secrets") | ast.Call(func=ast.Name("Random") | ast.Attribute(attr="Random"), args=[])
        ):
            return node.lineno
        case ast.Attribute(value=ast.Name("random"), attr=name):
            return 0 if name in SEEDED else node.lineno
        case ast.keyword(arg="derandomize", value=value):
            return 0 if ast.unparse(value) == "not SEED" else value.lineno
    return 0


class TestWhereDoesChanceComeFrom:
    def test_every_chance_begins_with_a_seed(self) -> None:
        found = [f"{source.name}:{line}" for source in of_tests() for line in unseeded(source.tree)]
        assert found == [], advice(found, "draw from random.Random(SEED + …) of tests.support.effort")

    def test_no_test_knows_which_day_it_is(self) -> None:
        found = [f"{source.name}:{line}" for source in of_tests() for line in calls(source, *CALENDAR)]
        assert found == [], advice(found, "begin at the test's own T0; draw from SEED of tests.support.effort")

    def test_only_effort_and_stacks_read_the_environment(self) -> None:
        reads = ("os.environ.get", "os.getenv")
        others = [source for source in of_tests() if source.name not in ENVIRONMENT]
        found = [f"{source.name}:{line}" for source in others for line in calls(source, *reads)]
        assert found == [], advice(found, "read EFFORT and SEED of tests.support.effort")


class TestDoesTheRuleBite:
    @pytest.mark.parametrize(
        "line",
        [
            "import random; random.random()",
            "import random; random.shuffle(a)",
            "from random import choice",
            "import random; random.Random()",
            "from random import Random; Random()",
            "import random; random.SystemRandom()",
            "import secrets",
            "from secrets import token_hex",
            "settings(derandomize=False)",
        ],
    )
    def test_a_chance_without_a_seed_is_seen(self, line: str) -> None:
        assert [*unseeded(ast.parse(line))]

    @pytest.mark.parametrize("line", ["import random; random.Random(7).shuffle(a)", "settings(derandomize=not SEED)"])
    def test_one_with_a_seed_is_not(self, line: str) -> None:
        assert not [*unseeded(ast.parse(line))]
