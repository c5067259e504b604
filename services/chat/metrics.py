"""What operators watch of chat."""

from prometheus_client import Gauge

from services.chat.unit_of_work import ChatWork
from shared.telemetry.metrics import declare

UNREAD_DUE = declare(
    Gauge,
    "market_unread_due",
    "conversations",
    "Conversations with unread messages of which the recipient should have been notified by now",
    of=("chat",),
)

# Read through unread_runs_due: only what waits for its notification is looked at.
_DUE = "select count(*) from unread_runs where notified_at is null and due_at <= market_now()"


async def look(work: ChatWork) -> None:
    """Set the gauge of notifications that are due."""
    UNREAD_DUE.set(await work.sql.fetchval(_DUE))
