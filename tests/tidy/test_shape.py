"""Files and functions fit a screen, have docstrings, and are named alike in every service."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from deploy.docs.pages import PAGES
from deploy.services import SERVICES
from tests.tidy.house import ROOT, Function, Source, dotted, functions, length, product, sources
from tests.tidy.test_imports import advice

FILE_MAX, FUNCTION_MAX, TEST_MAX = 400, 50, 30
BROAD_BUT_RIGHT = {
    "shared/messaging/inbox.py": "whatever a handler raises must not lose the message: it is kept or parked",
    "services/chat/pictures/child.py": "whatever a decoder raises, the picture can't be read, and the process ends",
    "shared/messaging/batcher.py": "what fails together is handled again one by one",
}
"""Where everything may be caught without being raised again, and why."""
ANATOMY = {
    "__init__", "__main__", "app", "settings", "domain", "commands", "queries", "api", "schemas", "subscribers",
    "publishers", "refusals", "repository", "tables", "unit_of_work", "migrations", "metrics",
}  # fmt: skip
OWN = {
    "chat": {
        "live": "what a transaction passes on to open sockets",
        "sockets": "the frames, sessions and the hub of live sockets",
        "pictures": "reads pictures of strangers in processes of their own",
        "files": "the port of stored files, and its adapters",
        "links": "signed links to pictures",
    },
    "payments": {
        "providers": "the protocol of payment providers, and those of this installation",
        "provider": "the sandbox's provider of play money",
        "poller": "the loop that polls providers for attempts whose outcome is unknown",
        "bank": "the books of the sandbox's bank",
        "pins": "makes and hashes the PINs of gift cards",
        "boleto": "the numbers of a Boleto",
        "deeds": "what the choices of the pay page do",
        "instructions": "what a buyer scans, types in or transfers to",
        "paynow": "the text of PayNow's QR code",
        "rendering": "the pay page as HTML",
        "clerk": "does what the sandbox's bank does",
        "arrivals": "who waits in this instance for a payment that is on its way",
    },
    "scheduler": {
        "assembly": "adds the sandbox clock to the service",
        "timer_dispatcher": "the loop that fires timers which are due",
        "coordinator": "the sandbox clock's advance",
        "polling_rounds": "the clock updates and status reports of one advance",
        "readiness": "the checks of late timers and of a clock that jumped",
    },
}
"""What only one service has, because no other does such a thing, and what it is."""


def is_test(source: Source) -> bool:
    """Whether the file holds tests."""
    return source.path.name.startswith("test_")


class TestDoesItFitAScreen:
    def test_files_have_at_most_400_lines(self) -> None:
        found = [f"{each.name}: {n}" for each in sources() if (n := len(each.text.splitlines())) > FILE_MAX]
        assert found == [], advice(found, "make it a package of the same name, one file per topic")

    def test_functions_have_at_most_50_lines_and_tests_30(self) -> None:
        found = [
            f"{source.name}:{node.lineno} {node.name}: {length(node)}"
            for source in sources()
            if not source.migration
            for node in functions(source)
            if length(node) > (TEST_MAX if node.name.startswith("test_") else FUNCTION_MAX)
        ]
        assert found == [], advice(found, "give the parts names of their own")


class TestHasItADocstring:
    def test_every_module_says_what_it_is(self) -> None:
        found = [
            each.name
            for each in sources()
            if each.text.strip() and not each.migration and not ast.get_docstring(each.tree)
        ]
        assert found == [], advice(found, "begin the file with one sentence: what is found here and why")

    def test_every_public_thing_says_what_it_means(self) -> None:
        found = [
            f"{source.name}:{node.lineno} {node.name}"
            for source in sources()
            if source.parts[0] != "tests" and not source.migration
            for node in _public(source)
            if _is_empty_talk(node)
        ]
        assert found == [], advice(found, "write one plain sentence about the business, not the name again")


def _public(source: Source) -> list[Function | ast.ClassDef]:
    """Classes and functions whose names, and whose class's name, do not begin with an underscore."""
    scopes = [node for node in source.nodes if isinstance(node, ast.Module | ast.ClassDef)]
    scopes = [node for node in scopes if isinstance(node, ast.Module) or not node.name.startswith("_")]
    inner = [node for scope in scopes for node in scope.body if isinstance(node, Function | ast.ClassDef)]
    return [node for node in inner if not node.name.startswith("_")]


def _is_empty_talk(node: Function | ast.ClassDef) -> bool:
    """Whether the docstring is missing, shorter than three words, or only the name again."""
    words = re.findall(r"[\w']+", (ast.get_docstring(node) or "").lower())
    named = set(re.findall(r"[a-z]+", re.sub(r"(?<!^)(?=[A-Z])", "_", node.name).lower()))
    fillers = {"a", "an", "the", "of", "to", "is", "this", "class", "function"}
    return len(words) < 3 or {word.rstrip("s") for word in words} - fillers <= {word.rstrip("s") for word in named}


class TestAreFaultsSeen:
    def test_everything_is_caught_only_where_it_says_why(self) -> None:
        found = [
            f"{source.name}:{node.lineno}"
            for source in sources()
            if source.parts[0] != "tests" and source.name not in BROAD_BUT_RIGHT
            for node in source.nodes
            if isinstance(node, ast.ExceptHandler) and _is_broad(node)
        ]
        assert found == [], advice(found, "name the faults that can happen here; let the others end the process")

    def test_the_list_of_exceptions_has_no_leftovers(self) -> None:
        used = {
            source.name
            for source in sources()
            for node in source.nodes
            if isinstance(node, ast.ExceptHandler) and _is_broad(node)
        }
        assert set(BROAD_BUT_RIGHT) - used == set()


def _is_broad(node: ast.ExceptHandler) -> bool:
    caught = ast.unparse(node.type) if node.type is not None else "Exception"
    return bool(re.search(r"\b(Base)?Exception\b", caught)) and not isinstance(node.body[-1], ast.Raise)


class TestDoesItMeanTheSameOnEveryPython:
    def test_no_group_is_repeated_possessively(self) -> None:
        """Python before 3.11.5, which Debian 12 has, finds less with such a pattern: the group gives nothing back."""
        found = [
            f"{source.name}: {line.strip()}"
            for source in product()
            for line in source.text.splitlines()
            if re.search(r"\)(?:[+*?]|\{+[\d,]+\}+)\+|\(\?>", line)
        ]
        assert not found, advice(found, "(?=(...))\\1 is the same on every Python")


class TestDoesEveryTestProveSomething:
    def test_every_test_asserts(self) -> None:
        found = [
            f"{source.name}:{node.lineno} {node.name}"
            for source in sources()
            if is_test(source)
            for node in functions(source)
            if node.name.startswith("test_") and not _proves(node, source)
        ]
        assert found == [], advice(found, "assert what must be true, or expect the fault with pytest.raises")


def _proves(node: Function, source: Source) -> bool:
    """An assert or pytest.raises of its own, or of a helper in the same file or in tests/support that it calls."""
    if _asserts(node):
        return True
    called = {dotted(call.func).removeprefix("self.") for call in ast.walk(node) if isinstance(call, ast.Call)}
    helpers = {helper.name for helper in functions(source) if _asserts(helper)} | _asserting_support()
    return bool(called & helpers)


@cache
def _asserting_support() -> frozenset[str]:
    support = (source for source in sources() if source.parts[:2] == ("tests", "support"))
    return frozenset(helper.name for source in support for helper in functions(source) if _asserts(helper))


def _asserts(node: ast.AST) -> bool:
    raises = {"pytest.raises", "pytest.warns"}
    return any(
        isinstance(each, ast.Assert) or (isinstance(each, ast.Call) and dotted(each.func) in raises)
        for each in ast.walk(node)
    )


class TestDoesOneKnowAllServicesWhenOneKnowsOne:
    @pytest.mark.parametrize("service", SERVICES)
    def test_its_files_have_the_names_that_all_services_use(self, service: str) -> None:
        roles = {source.role for source in sources() if source.parts[:2] == ("services", service)}
        found = sorted(roles - ANATOMY - set(OWN.get(service, {})))
        assert found == [], advice(
            found, f"use one of {sorted(ANATOMY)}, or add it to OWN and say why nobody else has it"
        )

    @pytest.mark.parametrize("service", SERVICES)
    def test_it_has_the_files_that_no_service_can_do_without(self, service: str) -> None:
        roles = {source.role for source in product() if source.parts[:2] == ("services", service)}
        needed = {
            "__init__",
            "__main__",
            "app",
            "settings",
            "domain",
            "commands",
            "subscribers",
            "tables",
            "unit_of_work",
        }
        assert needed - roles == set()

    def test_every_service_of_the_list_has_a_folder_and_every_folder_is_listed(self) -> None:
        folders = {path.name for path in (ROOT / "services").iterdir() if (path / "__init__.py").exists()}
        assert folders == set(SERVICES)


class TestAreTheGeneratedPagesFresh:
    @pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
    def test_each_says_what_the_code_says(self, path: Path) -> None:
        assert path.exists(), "run make docs"
        assert path.read_text() == PAGES[path](), f"{path.name} is stale: run make docs"
