"""Puts chat together: settings, routes, subscribers, the notifier of unread messages and the purge of pictures."""

from collections.abc import Awaitable, Callable

from services.chat import metrics
from services.chat.api import router
from services.chat.commands.attachments import PURGE_BATCH, purge
from services.chat.commands.conversations import NOTIFY_BATCH, notify
from services.chat.commands.support import sweep
from services.chat.files import Files, FilesUnavailable, files
from services.chat.links import Links
from services.chat.pictures.reader import PictureReader
from services.chat.repository import COUNT_PURGE_DUE, COUNT_UNREAD_DUE, FORGOTTEN
from services.chat.settings import ChatSettings
from services.chat.sockets.hub import Hub
from services.chat.subscribers import subscribers
from services.chat.unit_of_work import ChatWork
from shared.db.errors import Contention, DatabaseUnavailable
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
    act = _purging(chat.database, store)
    faults = (DatabaseUnavailable, Contention, FilesUnavailable)
    chat.due.append(DueWork("purge", COUNT_PURGE_DUE, act, settings.purge_seconds, faults))
    chat.loops["sweeper"] = sweeping(chat.database, sweep)
    act = in_transactions(chat.database, notify, NOTIFY_BATCH)
    chat.due.append(DueWork("notifier", COUNT_UNREAD_DUE, act, settings.notify_seconds))
    return chat


def _purging(database: Database[ChatWork], store: Files) -> Callable[[], Awaitable[float | None]]:
    return in_transactions(database, lambda work: purge(work, store.delete), PURGE_BATCH)
