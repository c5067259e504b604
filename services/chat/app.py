"""Puts chat together: settings, routes, subscribers, the notifier of unread messages and the purge of pictures."""

from services.chat import metrics
from services.chat.api import router
from services.chat.commands.attachments import PURGE_BATCH, purge
from services.chat.commands.conversations import NOTIFY_BATCH, notify
from services.chat.commands.support import sweep
from services.chat.files import Files, FilesUnavailable, files
from services.chat.links import Links
from services.chat.pictures.reader import PictureReader
from services.chat.repository import COUNT_UNREAD_DUE, FORGOTTEN
from services.chat.settings import ChatSettings
from services.chat.sockets.hub import Hub
from services.chat.subscribers import subscribers
from services.chat.unit_of_work import ChatWork
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import run_periodically
from shared.db.unit_of_work import Database
from shared.deadlines import sweeping
from shared.messaging.live import LiveFrames
from shared.service.due import DueWork, in_transactions
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
    store = files(settings.files)
    chat.app.state.files, chat.app.state.pictures = store, PictureReader()
    chat.app.state.links = Links(settings.link_key.get_secret_value())
    chat.loops["purge"] = lambda: _purge_until_cancelled(chat.database, store, settings.purge_seconds)
    chat.loops["sweeper"] = sweeping(chat.database, sweep)
    act = in_transactions(chat.database, notify, NOTIFY_BATCH)
    chat.due.append(DueWork("notifier", COUNT_UNREAD_DUE, act, settings.notify_seconds))
    return chat


async def _purge_until_cancelled(database: Database[ChatWork], store: Files, seconds: float) -> None:
    async def round_() -> float | None:
        async with database.transaction() as work:
            looked_at = await purge(work, store.delete)
        return 0 if looked_at >= PURGE_BATCH else None

    faults = (DatabaseUnavailable, Contention, FilesUnavailable)
    await run_periodically(round_, seconds, failed="purge.not_done", faults=faults)
