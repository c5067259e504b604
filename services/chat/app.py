"""Puts chat together: settings, routes, subscribers and the notifier of unread messages."""

from services.chat import metrics
from services.chat.api import router
from services.chat.commands.conversations import notify
from services.chat.repository import FORGOTTEN
from services.chat.settings import ChatSettings
from services.chat.sockets.hub import Hub
from services.chat.subscribers import subscribers
from services.chat.unit_of_work import ChatWork
from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database
from shared.messaging.live import LiveFrames
from shared.service.runtime import Service
from shared.service.settings import read


def service() -> Service[ChatWork]:
    """The service, ready to run."""
    settings = read(ChatSettings)
    chat = Service("chat", settings, ChatWork, [router], subscribers)
    chat.gauges.own, chat.forgets = metrics.look, FORGOTTEN
    frames = LiveFrames("chat", settings.instance, settings.broker_url.get_secret_value())
    hub = Hub(chat.database, frames)
    chat.app.state.hub, chat.sockets = hub, True
    chat.loops |= {"live": frames.run, "hub": hub.run}
    chat.loops["notifier"] = lambda: _notify_until_cancelled(chat.database, settings.notify_seconds)
    return chat


async def _notify_until_cancelled(database: Database[ChatWork], seconds: float) -> None:
    async def round_() -> None:
        async with database.transaction() as work:
            await notify(work)

    await run_periodically(round_, seconds, failed="notifier.database_away")
