"""The settings in docs/production.md: name, default and meaning, from the settings classes of the services."""

import dataclasses
import re
from pathlib import Path
from typing import Any

from annotated_types import Ge, Gt, Le
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from deploy.gateway.limits import Limits
from deploy.services import REGISTRY
from shared.service.settings import Settings

PAGE = Path(__file__).resolve().parents[2] / "docs" / "production.md"
BEGIN, END = "<!-- settings: made by make docs -->\n", "<!-- end of settings -->\n"
_COLUMNS = "| setting | default | meaning |\n| --- | --- | --- |\n"


def page() -> str:
    """The page as it is written by hand, with its tables made again from the code."""
    before, _, after = PAGE.read_text().partition(BEGIN)
    return before + BEGIN + tables() + END + after.partition(END)[2]


def tables() -> str:
    """The common settings, then what each service has of its own, then the gateway's limits."""
    common = Settings.model_fields
    found = ["\n### Every service\n\n", _COLUMNS, *(_row(name, field) for name, field in common.items())]
    for service in REGISTRY:  # pydantic copies what is inherited: only the class itself tells what is its own
        kind = service.settings
        own = {name: field for name, field in kind.model_fields.items() if name in kind.__annotations__}
        found.append(f"\n### {service.name.capitalize()}\n\n")
        found += [_COLUMNS, *(_row(name, field) for name, field in own.items())] if own else ["Nothing of its own.\n"]
    limits = (f"| `{each.name}` | {each.default} |\n" for each in dataclasses.fields(Limits))
    return "".join([*found, "\n### Gateway (`Limits`)\n\n| limit | default |\n| --- | --- |\n", *limits, "\n"])


def _row(name: str, field: FieldInfo) -> str:
    meaning = " ".join((field.description or "").split())
    if bounds := ", ".join(_bounds(field)):
        meaning = f"{meaning} ({bounds})"
    default = "required" if field.is_required() else _shown(field.default)
    return f"| `MARKET_{name.upper()}` | {default} | {_cell(meaning)} |\n"


def _bounds(field: FieldInfo) -> list[str]:
    words: dict[type, tuple[str, str]] = {Ge: ("at least", "ge"), Gt: ("more than", "gt"), Le: ("at most", "le")}
    return [
        f"{words[type(each)][0]} {getattr(each, words[type(each)][1])}"
        for each in field.metadata
        if type(each) in words
    ]


def _shown(value: Any) -> str:
    if value in (None, ""):
        return "none"
    return "secret" if isinstance(value, SecretStr) else f"`{value}`"


def _cell(text: str) -> str:
    return re.sub(r"([|])", r"\\\1", text)
