"""What operators watch of chat."""

from prometheus_client import Counter, Gauge, Histogram

from services.chat.domain.support import Status
from services.chat.repository import COUNT_PURGE_DUE, COUNT_UNREAD_DUE
from services.chat.unit_of_work import ChatWork
from shared.telemetry.metrics import OVERDUE_REPUBLISHED, TRANSITIONS, declare, use

use("chat", TRANSITIONS, OVERDUE_REPUBLISHED)

UNREAD_DUE = declare(
    Gauge,
    "market_unread_due",
    "conversations",
    "Conversations with unread messages of which the recipient should have been notified by now",
    of=("chat",),
)

SOCKETS_OPEN = declare(Gauge, "market_sockets_open", "sockets", "Chat sockets open on this instance", of=("chat",))
SOCKETS_CLOSED = declare(
    Counter,
    "market_sockets_closed_total",
    "sockets",
    "Chat sockets closed, by close code, `client` where the client closed; 1013 and 1008 are clients in trouble",
    "code",
    of=("chat",),
)

PICTURES = declare(
    Counter,
    "market_pictures_total",
    "pictures",
    "Uploaded pictures by what became of them: `stored`, the code of a refusal, or `queue_full`",
    "result",
    of=("chat",),
)
PICTURE_SECONDS = declare(
    Histogram, "market_picture_seconds", "seconds", "From the start of a picture's reader to its end", of=("chat",)
)
PURGE_DUE = declare(
    Gauge,
    "market_attachments_purge_due",
    "attachments",
    "Attachments that should have been looked at by now: purged, or kept for longer",
    of=("chat",),
)
SUPPORT_WAITING = declare(
    Gauge,
    "market_support_waiting",
    "users",
    "Users who wait for support's answer, by status: waiting, or overdue for more than 24 hours",
    "status",
    of=("chat",),
)

# Read through support_items_open.
_WAITING = "select status, count(*) as users from support_items where status <> 'answered' group by status"


async def look(work: ChatWork) -> None:
    """Set the gauges of notifications and attachments that are due, and of users who wait for support."""
    UNREAD_DUE.set(await work.sql.fetchval(COUNT_UNREAD_DUE))
    PURGE_DUE.set(await work.sql.fetchval(COUNT_PURGE_DUE))
    waiting = {row["status"]: row["users"] for row in await work.sql.fetch(_WAITING)}
    for status in (Status.WAITING, Status.OVERDUE):
        SUPPORT_WAITING.labels(status).set(waiting.get(status, 0))
