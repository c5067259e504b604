"""The log of an order: comments of the parties and support, and a line for every transition (rules 8.6)."""

from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID

from services.chat import publishers
from services.chat.commands import attachments
from services.chat.domain.attachment import UploadContext
from services.chat.domain.conversation import Side
from services.chat.domain.log import ACCOUNTS, CLOSED, Line, Role, chained
from services.chat.domain.session import at_side
from services.chat.unit_of_work import ChatWork
from shared import contact
from shared.actor import Actor
from shared.clock import written
from shared.contracts.orders import OrderEvent, OrderPaid
from shared.ids import new_id
from shared.refusals import Refusal, Refused


async def comment(work: ChatWork, number: str, by: Actor, text: str, pictures: Sequence[UUID] = ()) -> Line | Refused:
    """A party or support adds a comment at the end of the order's log; nothing in a log is ever changed."""
    found = await work.logs.lock(number)
    role = found[0].role_for(by) if found is not None else None
    if found is None or role is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    order, at = found
    if await work.known.any_suspended(by.accounts):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    exempt = role == "support" or (role == "seller" and order.paid and order.category == ACCOUNTS)
    if not exempt and (kinds := contact.kinds(text)):
        source = f"{number}:{by.account}:{sha256(contact.fingerprint(text).encode()).hexdigest()}"
        work.outbox.add(publishers.violation("log", source, by.account, _side(role), kinds, at))
        work.log_warning("log.withheld", number=number, by=by.user, kinds=kinds)
        return Refused(Refusal.CONTACT_INFORMATION, {"kinds": list(kinds)})
    proofs = await attachments.take(work, pictures, by, UploadContext(number=number), at)
    if isinstance(proofs, Refused):
        return proofs
    disputed = await work.excerpts.disputes(number) > 0
    line = chained(order, Line(number, 0, new_id(), "comment", by.user, role, None, None, text, at, proofs))
    await work.logs.add(line)
    work.outbox.add(publishers.comment_added(order, line, disputed=disputed))
    work.log("log.commented", number=number, by=by.user, role=role)
    return line


async def step(work: ChatWork, event: OrderEvent, *, paid: bool) -> bool:
    """Write the line of a transition, in the order in which chat learns of them; False if it was written before."""
    order = await work.logs.know(
        event.number,
        event.buyer,
        event.seller,
        event.category,
        paid=paid,
        version=event.version,
        paid_at=event.at if event.name == OrderPaid.name else None,
        closed_at=event.at if event.status in CLOSED else None,
    )
    cause = event.cause
    if event.sequence() == 0 or await work.logs.has_step(event.number, event.version, cause.row):
        return False
    text = sentence(event)
    author = (cause.user, cause.role)
    sides = (at_side("buyer", event.buyer), *((at_side("seller", event.seller),) if order.paid else ()))
    work.live.order(sides, number=event.number, status=event.status, version=event.version, at=written(event.at))
    line = Line(event.number, 0, new_id(), "system", *author, cause.row, event.version, text, event.at)
    await work.logs.add(chained(order, line))
    return True


def _side(role: Role) -> Side:
    return "buyer" if role == "buyer" else "seller"


def sentence(event: OrderEvent) -> str:
    """What the log says of a transition."""
    what = event.name.partition(".")[2].replace("_", " ")
    subject = "Refund" if event.name.startswith("refund.") else "Order"
    subject = "Dispute" if event.name.startswith("dispute.") else subject
    by = f"by the {event.cause.role}" if event.cause.role else f"by the deadline {event.cause.deadline}"
    return f"{subject} {what} {by}"
