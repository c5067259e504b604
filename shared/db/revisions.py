"""Which revision of its database a service's code expects.

Read from the migrations' own files: a running service asks this at every look at its readiness, and needs no Alembic.
"""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_NAME = re.compile(r"""^(?P<which>revision|down_revision)\b[^=\n]*=\s*["'](?P<name>[^"']+)["']""", re.MULTILINE)


def folder(service: str) -> Path:
    """Where the service's migrations lie."""
    return ROOT / "services" / service / "migrations"


def common() -> list[Path]:
    """The versions of the tables that every service has, oldest first; none of them changes once it is published."""
    return sorted((ROOT / "shared" / "db" / "common").glob("*.sql"))


@cache
def head(service: str) -> str:
    """The newest revision: the one that no other comes after."""
    texts = [file.read_text(encoding="utf-8") for file in (folder(service) / "versions").glob("*.py")]
    found = [(each["which"], each["name"]) for text in texts for each in _NAME.finditer(text)]
    names = {name for which, name in found if which == "revision"}
    [last] = names - {name for which, name in found if which == "down_revision"}
    return last
