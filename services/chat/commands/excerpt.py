"""The excerpt of the parties' conversation and of the order's log that a dispute's case gets (rules 8.6)."""

from datetime import timedelta

from services.chat import publishers
from services.chat.commands import log
from services.chat.domain.excerpt import chosen_lines, chosen_messages
from services.chat.unit_of_work import ChatWork
from shared.contracts.orders import DisputeRequested

ROUNDING = timedelta(milliseconds=1)
"""Times in events have whole milliseconds."""


async def attach(work: ChatWork, event: DisputeRequested) -> None:
    """Write the line of the dispute and publish the excerpt, once per order.

    A charge-back in a dispute publishes nothing more. What is commented from now on reaches the case by itself.
    """
    is_new = await log.step(work, event, paid=True)
    if not is_new or await work.excerpts.disputes(event.number) > 1:
        return
    placed_at = event.history[0].at if event.history else event.at
    until = event.recorded_at + ROUNDING
    newest = await work.excerpts.messages(event.buyer, event.seller, until)
    lines = await work.excerpts.lines(event.number)
    messages, log_lines = chosen_messages(newest, placed_at), chosen_lines(lines)
    omitted = len(messages) < len(newest) or len(log_lines) < len(lines)
    await work.attachments.add_to_case([each for message in messages for each in message.attachments])
    parts = publishers.excerpt(event, messages, log_lines, omitted=omitted)
    work.outbox.add(*parts)
    work.log("excerpt.attached", number=event.number, messages=len(messages), lines=len(log_lines), parts=len(parts))
