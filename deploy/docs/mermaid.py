"""State diagrams in Mermaid's words, from pairs of states and what leads from one to the other."""

import re
from collections.abc import Iterable

Edge = tuple[str, str, str]
"""From, to, and what leads there."""

OUTSIDE = "[*]"
"""Where a lifecycle begins and ends."""


def diagram(edges: Iterable[Edge]) -> str:
    """One arrow per pair of states, with everything that leads from the first to the second."""
    labels: dict[tuple[str, str], list[str]] = {}
    for source, target, label in edges:
        known = labels.setdefault((source, target), [])
        if label and label not in known:
            known.append(label)
    states = dict.fromkeys(state for pair in labels for state in pair if state != OUTSIDE)
    named = [f'    state "{state}" as {_id(state)}' for state in states if _id(state) != state]
    arrows = [f"    {_id(source)} --> {_id(target)}{_label(what)}" for (source, target), what in labels.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *named, *arrows, "```", ""])


def _id(state: str) -> str:
    return state if state == OUTSIDE else re.sub(r"\W+", "_", state).strip("_")


def _label(labels: list[str]) -> str:
    return f": {', '.join(labels)}" if labels else ""
