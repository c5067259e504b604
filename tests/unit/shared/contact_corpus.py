"""Texts with and without contact information, a line each; \\u200b and the like are spelled, ## begins a heading."""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")


def lines(name: str) -> list[str]:
    """The texts of a corpus file."""
    given = (FOLDER / f"contact_corpus_{name}.txt").read_text(encoding="utf-8").splitlines()
    return [ESCAPED.sub(lambda found: chr(int(found[1], 16)), line) for line in given if line and line[:2] != "##"]


def hits(name: str = "hits") -> list[tuple[str, str]]:
    """The kind that must be found, and the text."""
    return [(kind, text) for kind, text in (line.split(" | ", 1) for line in lines(name))]
