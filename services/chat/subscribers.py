"""The events that chat consumes, and the command for each."""

from uuid import UUID

from services.chat.commands import attachments, excerpt, log, support
from services.chat.unit_of_work import ChatWork
from shared.contracts.deadlines import DeadlineExpired
from shared.contracts.disputes import (
    AccountReinstated,
    AccountSuspended,
    AccountWarned,
    DisputeClosed,
    DisputeEvidenceAdded,
    DisputeOpened,
)
from shared.contracts.listings import ListingPublished
from shared.contracts.orders import (
    DisputeRequested,
    OrderCompleted,
    OrderDeleted,
    OrderDelivered,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPartiallyRefunded,
    OrderPlaced,
    OrderRefunded,
    RefundCancelled,
    RefundRefused,
    RefundRequested,
)
from shared.messaging.inbox import Subscribers
from shared.refusals import Refused

subscribers: Subscribers[ChatWork] = Subscribers()


@subscribers.listen(ListingPublished)
async def on_listing_published(event: ListingPublished, work: ChatWork) -> None:
    """Buyers may write to whoever has published a listing."""
    await work.known.put_listing(event.listing_id, event.seller, event.version)


@subscribers.listen(OrderPlaced)
async def on_order_placed(event: OrderPlaced, work: ChatWork) -> None:
    """The log begins; only the buyer sees it until the order is paid."""
    await log.step(work, event, paid=False)


@subscribers.listen(OrderExpired)
async def on_order_expired(event: OrderExpired, work: ChatWork) -> None:
    """Write the line of the expiry."""
    await log.step(work, event, paid=False)


@subscribers.listen(OrderDeleted)
async def on_order_deleted(event: OrderDeleted, work: ChatWork) -> None:
    """Write the line of the deletion."""
    await log.step(work, event, paid=False)


@subscribers.listen(OrderPaid)
async def on_order_paid(event: OrderPaid, work: ChatWork) -> None:
    """The seller sees the order and its log from now on."""
    await log.step(work, event, paid=True)


async def _write_line(event: OrderEvent, work: ChatWork) -> None:
    """Write the line of a transition of a paid order."""
    await log.step(work, event, paid=True)


for _kind in (
    OrderDelivered,
    OrderPartiallyRefunded,
    OrderRefunded,
    OrderCompleted,
    RefundRequested,
    RefundCancelled,
    RefundRefused,
):
    subscribers.listen(_kind)(_write_line)


@subscribers.listen(DisputeRequested)
async def on_dispute_requested(event: DisputeRequested, work: ChatWork) -> None:
    """Write the line, and hand the case what the two wrote and the log so far."""
    await excerpt.attach(work, event)


@subscribers.listen(AccountWarned)
async def on_account_warned(event: AccountWarned, work: ChatWork) -> None:
    """A warned account may write."""
    await work.known.set_account_status(event.user, suspended=False, version=event.version)


@subscribers.listen(AccountSuspended)
async def on_account_suspended(event: AccountSuspended, work: ChatWork) -> None:
    """A suspended account may read and not write."""
    await work.known.set_account_status(event.user, suspended=True, version=event.version)
    work.live.close_account(event.user)


@subscribers.listen(AccountReinstated)
async def on_account_reinstated(event: AccountReinstated, work: ChatWork) -> None:
    """A reinstated account may write again."""
    await work.known.set_account_status(event.user, suspended=False, version=event.version)


@subscribers.listen(DisputeOpened)
async def on_dispute_opened(event: DisputeOpened, work: ChatWork) -> None:
    """The order's pictures are kept until the case is closed, and its parties may add some to the case."""
    await work.attachments.case_opened(event.dispute_id, event.number)


@subscribers.listen(DisputeEvidenceAdded)
async def on_evidence_added(event: DisputeEvidenceAdded, work: ChatWork) -> None:
    """The pictures that evidence names are part of the case."""
    if event.attachments:
        await attachments.use_as_evidence(work, event.attachments, event.by, event.dispute_id, event.at)


@subscribers.listen(DisputeClosed)
async def on_dispute_closed(event: DisputeClosed, work: ChatWork) -> None:
    """From now on only the order's own retention keeps its pictures."""
    await work.attachments.case_closed(event.dispute_id, event.number)


@subscribers.listen(DeadlineExpired)
async def on_deadline_expired(event: DeadlineExpired, work: ChatWork) -> Refused | None:
    """Alarm an operator: a user waits for support (D9)."""
    return await support.expire(work, UUID(event.key), event.kind, event.due_at)
