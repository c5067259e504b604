"""The invariants, read from the .sql files beside this one: a number, a sentence, what is looked at, one query."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from deploy.verify.words import WORDS

_HEAD = re.compile(r"^-- (?P<number>I\d\d) (?P<sentence>.+)\n-- looks at (?P<source>.+)\n", re.MULTILINE)
_WORD = re.compile(rf"(?<!:):({'|'.join(WORDS)})\b")


@dataclass(frozen=True, slots=True)
class Invariant:
    """Something that is true of the books as long as nobody loses a cent, an event or a deadline."""

    number: str
    sentence: str
    where: str
    """A service whose database shows it, or `across`."""
    source: str
    """What is looked at, as the from clause of a query."""
    sql: str
    """Finds what breaks it, and nothing in sound books."""


@cache
def own(service: str) -> tuple[Invariant, ...]:
    """What must hold in this service's database at every instant: what it shares with all, then its own."""
    file = Path(__file__).with_name(f"{service}.sql")
    return (*_read("each", service), *(_read(service, service) if file.exists() else ()))


@cache
def across() -> tuple[Invariant, ...]:
    """What must hold between the services once the system is idle."""
    return tuple(_read("across", "across"))


def _read(name: str, where: str) -> Iterable[Invariant]:
    text = Path(__file__).with_name(f"{name}.sql").read_text(encoding="utf-8")
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    for head, end in zip(heads, ends, strict=True):
        sql = _WORD.sub(lambda word: WORDS[word[1]](), text[head.end() : end]).strip().rstrip(";")
        yield Invariant(head["number"], head["sentence"], where, head["source"], sql)
