"""What was seen, as tables: ratios beside goals first, then seconds per command and what each process costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from rich.console import Group
from rich.table import Table

from deploy.services import SERVICES


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure beside what it could be at most here and now, their ratio, and what the ratio should be."""

    number: str
    what: str
    seen: str
    limit: str = ""
    ratio: str = ""
    floor: str = ""
    aim: str = ""


@dataclass(slots=True)
class Figures:
    """Everything that one run has shown."""

    goals: list[Goal] = field(default_factory=list)
    waits: dict[str, dict[str, str]] = field(default_factory=dict)
    """p50 and p99 by what was waited for, then by load."""
    costs: dict[str, dict[str, str]] = field(default_factory=dict)
    """Memory and CPU by program, then by load."""

    def wait(self, what: str, load: str, seconds: Sequence[float]) -> None:
        """Note how long something took."""
        self.waits.setdefault(what, {})[load] = both(seconds)

    def cost(self, program: str, load: str, shown: str) -> None:
        """Note what a process used."""
        self.costs.setdefault(program, {})[load] = shown

    def tables(self) -> Group:
        """For a person."""
        goals = Table(title="Goals: what was seen, its limit in the same run, and their ratio", title_justify="left")
        for name in ("", "what", "seen", "limit", "ratio", "floor", "aim"):
            goals.add_column(name, justify="left" if name in {"", "what", "limit"} else "right")
        for goal in sorted(self.goals, key=_number):
            shown = (goal.number, goal.what, goal.seen, goal.limit, goal.ratio, goal.floor, goal.aim)
            goals.add_row(*shown)
        grids = {
            "Seconds: p50 / p99 in milliseconds": self.waits,
            "Processes: resident memory, CPU of one core; CPU of one life": self.costs,
        }
        return Group(goals, *(_grid(title, rows) for title, rows in grids.items() if rows))

    def json(self) -> bytes:
        """For a program."""
        found: dict[str, Any] = {"goals": self.goals, "waits": self.waits, "costs": self.costs}
        return orjson.dumps(found, option=orjson.OPT_INDENT_2)


def percentile(seconds: Sequence[float], share: float) -> float:
    """The value that so many percent are not above."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share / 100))]


def both(seconds: Sequence[float]) -> str:
    """p50 and p99 in milliseconds."""
    return f"{percentile(seconds, 50) * 1000:.1f} / {percentile(seconds, 99) * 1000:.0f}"


def percent(part: float, whole: float) -> str:
    """A share in percent."""
    return f"{part / whole * 100:.0f} %"


def joined(lists: Iterable[Iterable[float]]) -> list[float]:
    """All values of several lists."""
    return [value for each in lists for value in each]


def _number(goal: Goal) -> int:
    return int(goal.number[1:])


def _grid(title: str, rows: Mapping[str, Mapping[str, str]]) -> Table:
    loads = list(dict.fromkeys(load for row in rows.values() for load in row))
    shown = Table(title=f"\n{title}", title_justify="left")
    for name in ("", *loads):
        shown.add_column(name, justify="right" if name else "left")
    for name, row in sorted(rows.items(), key=lambda each: each[0] not in SERVICES):
        shown.add_row(name, *(row.get(load, "") for load in loads))
    return shown
