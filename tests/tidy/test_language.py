"""Retired words stay out of names, docstrings, comments, pages and messages; docs/glossary.md has those that remain."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tidy.house import ROOT, files
from tests.tidy.test_imports import advice

RETIRED = {
    "announce": (r"announc\w+", "publish"),
    "ask": (r"ask(er|ers|ing)", "request, client"),
    "asked": (r"asked|asks", "requested, request"),
    "bar": (r"barred", "suspended"),
    "bell": (r"bells?", "wakeup"),
    "blow": (r"blows?", "inject a fault"),
    "button": (r"buttons?|press(es|ed|ing)?", "action, perform"),
    "desk": (r"desks?", "review queue"),
    "door": (r"doors?", "command executor"),
    "hand": (r"in hand", "in flight"),
    "hear": (r"hear(s|d|er|ers|ing)?", "consume, consumer"),
    "hint": (r"hint(s|ed|ing)?", "expiry notification"),
    "hold": (r"holding", "in flight"),
    "hostile": (r"hostile", "malicious"),
    "insist": (r"insist\w*", "retrying"),
    "journey": (r"journeys?", "clock advance"),
    "keep": (r"kept", "stored, failed"),
    "kept": (r"kept messages?|messages? (is|are) kept", "failed message"),
    "life": (r"life|lives", "lifecycle"),
    "mortal": (r"mortals?", "crashable"),
    "notice": (r"notices?", "event, notification"),
    "patience": (r"patien(t|ce)", "timeout, response time"),
    "plant": (r"plant(s|ed|ing)?", "inject a fault, mutant"),
    "quiet": (r"quiet(ly)?|(at|to) rest|lies still", "idle"),
    "reckon": (r"reckon\w*", "verify"),
    "rest": (r"rest", "idle, remainder"),
    "ring": (r"r[aiu]ng(s|er|ing)?", "expire, fire"),
    "said": (r"sa(id|ys?|ying) again", "republish"),
    "speak": (r"speakers?", "publisher"),
    "standing": (r"standings?", "account status"),
    "story": (r"story|stories", "scenario"),
    "tell": (r"told|tell(s|er|ing)?", "result, event, notification, record"),
    "together": (r"together", "batch"),
    "tick": (r"ticks?|tocks?", "clock update, status report"),
}  # what is looked for, and what to write
SPOKEN = r"sa(id|ys|ying)"  # ordinary English in a sentence, retired as a part of a name
ORDINARY = {"ask", "asked", "hold", "keep", "life", "notice", "rest", "story", "tell", "together"}
"""Retired as parts of names, ordinary English in a sentence."""
EXCEPTIONS = (
    ("", "CHANGELOG.md"),  # what users were told then
    ("", "tests/tidy/test_language.py"),
    ("", "tests/unit/shared/contact_corpus*"),  # what people write in a market
    ("", "docs/decisions/0012-*"),
    ("standing", "services/*/repository.py"),  # names of tables and columns
    ("standing", "services/disputes/repository/conduct.py"),
    ("standing", "services/payments/repository/account_statuses.py"),
    ("standing", "services/disputes/tables.py"),
    ("standing", "services/disputes/schemas.py"),  # a field of its answers
    ("standing", "deploy/verify/*.sql"),
    ("ring", "services/orders/tables.py"),
    ("story", "services/payments/*.py"),  # the public name of the entry type
    ("story", "services/payments/*/*.py"),
)  # a retired word (or every one) that may stand in these files
PUBLIC = re.compile(r"not_quiet|MARKET_QUIET_SECONDS|quiet_seconds|kept_messages\w*|kept_at|market_\w+", re.IGNORECASE)
FIELDS = re.compile(r"(?<=\.)(?:standing|story)\b")  # fields of public answers, read as attributes
PROSE = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|#.*')
SUFFIXES = {".py", ".md", ".sql", ".sh", ""}
GENERATED = {"docs/events.md", "docs/lifecycle.md", "docs/metrics.md", "docs/problems.md"}


@cache
def patterns(*, of_names: bool) -> dict[str, re.Pattern[str]]:
    """What is looked for, per retired word, in identifiers or in sentences."""
    words = {word: pattern for word, (pattern, _) in RETIRED.items() if of_names or word not in ORDINARY}
    if of_names:
        words["said"] = f"{words['said']}|{SPOKEN}"
    return {word: re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE) for word, pattern in words.items()}


@cache
def anything() -> re.Pattern[str]:
    """All patterns in one, for the first look."""
    every = "|".join(pattern for pattern, _ in RETIRED.values())
    return re.compile(rf"\b(?:{every}|{SPOKEN})\b", re.IGNORECASE)


@cache
def retired(words: str, *, of_names: bool) -> tuple[str, ...]:
    """The retired words of a sentence, or of an identifier that is written as words."""
    if not anything().search(words):
        return ()
    return tuple(word for word, pattern in patterns(of_names=of_names).items() if pattern.search(words))


@cache
def words_of(identifier: str) -> str:
    """An identifier as words: `KeptMessage` and `kept_message` are `kept message`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", identifier)


def plain(text: str) -> str:
    """A sentence without what is quoted as code, without the values of an f-string and without public names."""
    return PUBLIC.sub("", re.sub(r"`[^`\n]*`|\{[^{}]*\}|\bhttps?://\S+|\]\([^)]*\)", "", text))


def spoken(path: Path, text: str) -> Iterator[tuple[int, bool, str]]:
    """Every identifier (True) and every piece of prose (False) of a file, with its place in the text.

    Prose are comments, strings of several words, and the names of tests, which are sentences.
    """
    if path.suffix != ".py":
        fenced = r"^```.*?^```" if path.suffix == ".md" else r"(?!)"
        text = re.sub(fenced, lambda block: " " * len(block[0]), text, flags=re.DOTALL | re.MULTILINE)
        yield from ((line.start(), False, plain(line[0])) for line in re.finditer(r".+", text))
        return
    yield from ((piece.start(), False, plain(piece[0])) for piece in PROSE.finditer(text) if " " in piece[0])
    code = FIELDS.sub(lambda piece: " " * len(piece[0]), PROSE.sub(lambda piece: " " * len(piece[0]), text))
    for name in re.finditer(r"[A-Za-z_]\w+", code):
        yield name.start(), not name[0].startswith(("test_", "Test")), words_of(PUBLIC.sub("", name[0]))


@cache
def found() -> list[tuple[str, str]]:
    """Every retired word: which it is, and where."""
    result = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in SUFFIXES or name in GENERATED or re.search("/(versions|golden)/", name):
            continue
        text = path.read_text()
        if not anything().search(words_of(text)):
            continue
        for start, of_names, words in spoken(path, text):
            for word in retired(words, of_names=of_names):
                if not excepted(word, path):
                    line = text.count("\n", 0, start) + 1
                    result.append((word, f"{name}:{line} {' '.join(words.split())[:90]!r}"))
    return result


def excepted(word: str, path: Path) -> bool:
    """Whether the word may stand in this file."""
    return any(only in ("", word) and path.relative_to(ROOT).match(glob) for only, glob in EXCEPTIONS)


class TestDoesAStrangerUnderstandIt:
    @pytest.mark.parametrize("word", sorted(RETIRED))
    def test_no_retired_word_stands_anywhere(self, word: str) -> None:
        places = [place for each, place in found() if each == word]
        assert places == [], advice(places, f"write {RETIRED[word][1]} (docs/glossary.md)")


class TestDoesTheRuleBite:
    @pytest.mark.parametrize("text", ["class Speaker: ...", "kept_message = 1", "# the hearer\n", 'x = "it has rung"'])
    def test_a_retired_word_is_found(self, text: str) -> None:
        assert len([words for _, names, words in spoken(ROOT / "x.py", text) if retired(words, of_names=names)]) == 1

    @pytest.mark.parametrize(
        "text", ['"""Answers `not_quiet`."""', "history = 1", "# strings\n", "def test_a_life(): ..."]
    )
    def test_what_remains_is_not(self, text: str) -> None:
        assert [words for _, names, words in spoken(ROOT / "x.py", text) if retired(words, of_names=names)] == []
