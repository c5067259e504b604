"""What a case gets to know from chat: the excerpt, in parts, and comments that are written afterwards (rules 8.6)."""

from collections.abc import Sequence

from services.disputes.domain.excerpt import Entry, Part
from services.disputes.unit_of_work import DisputesWork


async def attach(work: DisputesWork, number: str, part: Part, entries: Sequence[Entry]) -> None:
    """Store a part of the excerpt of an order's case; the case may be opened later."""
    await work.excerpts.add_part(number, part)
    added = await work.excerpts.add(number, entries)
    work.log("case.excerpt", number=number, part=part.part, parts=part.parts, entries=added)


async def add_comment(work: DisputesWork, number: str, comment: Entry) -> None:
    """Store a comment that was written after the excerpt was taken."""
    if await work.excerpts.add(number, [comment]):
        work.log("case.comment", number=number, line=str(comment.id))
