"""What the code cites can be looked up: sections, rows, deadlines and scenarios, and the links between the pages."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from services.disputes.domain import case, conduct
from services.orders.domain import lifecycle, review
from tests.tidy.house import ROOT, files, sources
from tests.tidy.test_imports import advice

DOCS = ROOT / "docs"
PAGES = {"rules": DOCS / "rules.md", "architecture": DOCS / "architecture.md"}
HEADING = re.compile(r"#+ (\d+(?:\.\d+)*)\.? ")
ITEM = re.compile(r"(\d+)\. ")
NAMED = re.compile(r"(?:\* \*\*|\| )([CDT]\d+|\d+)\b")
TABLES: tuple[Sequence[Any], ...] = (lifecycle.TABLE, review.TABLE, case.TABLE, conduct.TABLE)
NUMBER = r"\d+(?:\.\d+)*(?: C\d+)?"
CITED = re.compile(rf"\b(rules|architecture) ({NUMBER}(?:(?:, | and | to ){NUMBER})*)(?![\d-])")
DEADLINE = re.compile(r"\b(D[1-9]\d?)\b")
SCENARIO = re.compile(r"test_scenarios?_(\d+(?:_and_\d+)*)_")
ELSEWHERE = re.compile(
    r"\b(domain|style|reliability) [A-Z]?\d|\bappendix [A-Z]\b|\b(domain|api|style|reliability)\.md", re.IGNORECASE
)
LINK = re.compile(r"\]\(([^)\s]+)\)")
TEXTS = {".py", ".md", ".sql", ".toml", ".html"}


@cache
def anchors(page: Path) -> frozenset[str]:
    """What can be cited: 3.3 for a heading, 3.3.9 for an item under it, `3.7 C2` and C2 for a line that begins so."""
    found, section = set[str](), ""
    for line in page.read_text().splitlines():
        if heading := HEADING.match(line):
            section = heading[1]
            found.add(section)
        elif item := ITEM.match(line):
            found.add(f"{section}.{item[1]}")
        elif named := NAMED.match(line):
            found |= {named[1], f"{section} {named[1]}"}
    return frozenset(found)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every text of code and prose under version control; a citation that is broken over two lines is none."""
    found = (path for path in files() if path.suffix in TEXTS and path.parent.name != "tidy")
    return tuple((path.relative_to(ROOT).as_posix(), path.read_text()) for path in found)


def missing(text: str) -> list[str]:
    """The citations of a text that lead nowhere."""
    cited = ((page, number) for page, numbers in CITED.findall(text) for number in re.findall(NUMBER, numbers))
    return [f"{page} {number}" for page, number in cited if number not in anchors(PAGES[page])]


class TestCanItBeLookedUp:
    def test_every_section_that_is_cited_exists(self) -> None:
        found = [f"{name} cites {each}" for name, text in texts() for each in missing(text)]
        assert found == [], advice(found, "cite a heading or a numbered item of docs/rules.md or docs/architecture.md")

    def test_nothing_else_is_cited(self) -> None:
        found = [f"{name}: {each[0]}" for name, text in texts() for each in ELSEWHERE.finditer(text)]
        assert found == [], advice(found, "cite `rules 3.3.9` or `architecture 5`, which are pages of docs/")

    def test_every_deadline_has_a_line(self) -> None:
        named = {(source.name, each) for source in sources() for each in DEADLINE.findall(source.text)}
        found = sorted(f"{name} names {each}" for name, each in named if each not in anchors(PAGES["rules"]))
        assert found == [], advice(found, "write it into the table of docs/rules.md 3.3")

    def test_every_scenario_that_is_played_is_listed(self) -> None:
        played = {(source.name, each) for source in sources() for each in SCENARIO.findall(source.text)}
        every = ((name, number) for name, numbers in played for number in numbers.split("_and_"))
        found = sorted(f"{name}: {each}" for name, each in every if f"11 {each}" not in anchors(PAGES["rules"]))
        assert found == [], advice(found, "tell the story in one line of docs/rules.md 11")

    @pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
    def test_every_link_of_a_page_leads_somewhere(self, page: Path) -> None:
        found = [f"{page.name}: {link}" for link in LINK.findall(page.read_text()) if not leads(page, link)]
        assert found == [], advice(found, "mend the path or the heading")


def leads(page: Path, link: str) -> bool:
    """Whether the file is there, and the heading in it."""
    if "://" in link:
        return True
    path, _, heading = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not heading or heading in headings(target))


def headings(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


class TestAreAllRowsExplained:
    def test_every_row_of_an_orders_life_cycle_has_a_sentence(self) -> None:
        assert {row.id for row in lifecycle.TABLE} - anchors(PAGES["rules"]) == set()

    def test_every_row_of_every_life_cycle_is_drawn(self) -> None:
        page = (DOCS / "lifecycle.md").read_text()
        rows = [(row.id, str(row.action)) for table in TABLES for row in table]
        assert [name for name, action in rows if f"| {name} |" not in page or f"{name} {action}" not in page] == []


class TestDoesTheRuleBite:
    @pytest.mark.parametrize("text", ["rules 3.3.12", "(rules 99)", "architecture 5, 12", "rules 3.7 C99"])
    def test_what_is_not_there_is_found(self, text: str) -> None:
        assert len(missing(text)) == 1

    @pytest.mark.parametrize("text", ["rules 3.3.9", "(rules 6.1, 6.4, T2)", "architecture 5, 11", "rules 3.7 C2."])
    def test_what_is_there_is_not(self, text: str) -> None:
        assert missing(text) == []
