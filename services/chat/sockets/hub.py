"""The hub of one instance: its sessions, what it passes on to them, and when they end (decision 0012)."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from services.chat import metrics
from services.chat.commands.sessions import close_session, open_session, report_instance
from services.chat.domain.conversation import SUPPORT
from services.chat.domain.session import NotOpened, Session, at_side, sides_of
from services.chat.live import Live
from services.chat.sockets.session import SILENT_SECONDS, LiveSession
from services.chat.unit_of_work import ChatWork
from shared.clock import real_now
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import retry_on_contention, run_periodically
from shared.db.unit_of_work import Database
from shared.http.sockets import Close, Socket
from shared.ids import new_id
from shared.messaging.live import Frame, LiveFrames
from shared.telemetry.logs import log_seldom, logger

REPORT_SECONDS = 2.0
CATCH_UP_SECONDS = 0.1
OVERLAP = timedelta(seconds=10)
"""How much later a message may be committed than its own time says."""
TRIES = 5
OF_SUPPORT = at_side("seller", SUPPORT)
CLOSES = {
    NotOpened.BAD_TICKET: Close.NEW_TICKET,
    NotOpened.SUSPENDED: Close.FINAL,
    NotOpened.TOO_MANY: Close.TOO_MANY,
}


class Hub:
    """The live sessions of this process."""

    def __init__(self, database: Database[ChatWork], frames: LiveFrames) -> None:
        self._database, self._frames = database, frames
        frames.receive = self.receive
        self._instance_id = new_id()
        self._sessions: dict[UUID, LiveSession] = {}
        self._at_side: defaultdict[str, set[LiveSession]] = defaultdict(set)
        self._caught_up_to: datetime | None = None
        self._reported = False
        self._orphans = set[UUID]()
        """Stored sessions of this instance without a socket, when that was last looked at."""
        database.after_commit(lambda work: self.send(work.live))

    def send(self, live: Live) -> None:
        """Pass frames on to every instance, this one included."""
        for frame in live.frames:
            self._frames.send(frame)

    def receive(self, frame: Frame) -> None:
        """A live frame from any instance."""
        match frame["type"]:
            case "close":
                self._end(lambda each: each.actor.user == frame["user"], Close.NEW_TICKET)
            case "suspended":
                self._end(lambda each: frame["account"] in each.actor.accounts, Close.FINAL)
            case _:
                content = frame["frame"]
                for side in frame["to"]:
                    for session in tuple(self._at_side.get(side, ())):
                        if side != OF_SUPPORT or session.follows(UUID(content["conversation_id"])):
                            session.offer(content, frame.get("since"))

    async def serve(self, socket: Socket, ticket: str) -> None:
        """Redeem the ticket of a socket and serve it until it closes."""
        try:
            opened = await self._redeem(ticket)
        except (Contention, DatabaseUnavailable):
            await socket.refuse(Close.RESTART)
            return
        if isinstance(opened, NotOpened):
            logger().info("socket.refused", reason=str(opened))
            await socket.refuse(CLOSES[opened])
            return
        session = LiveSession(opened, socket, self._database, self.send)
        self._add(session)
        seconds = (opened.expires_at - real_now()).total_seconds()
        loop = asyncio.get_running_loop()
        expiry = loop.call_later(max(0, seconds), socket.end, Close.NEW_TICKET)
        silence = loop.call_later(SILENT_SECONDS, session.begin)
        logger().info("socket.opened", session=str(opened.id), user=opened.actor.user)
        try:
            await socket.serve(session.handle)
        finally:
            expiry.cancel()
            silence.cancel()
            self._remove(session)
            code = str(int(socket.closing)) if socket.closing is not None else "client"
            metrics.SOCKETS_CLOSED.labels(code).inc()
            logger().info("socket.closed", session=str(opened.id), user=opened.actor.user, code=code)
            await asyncio.shield(self._close(session))

    async def _redeem(self, ticket: str) -> Session | NotOpened:
        if not self._reported:
            await self._report()
        async with self._database.transaction() as work:
            return await open_session(work, ticket, self._instance_id)

    async def run(self) -> None:
        """Report this instance, end sessions that are over, and read what no live frame said; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(run_periodically(self._report, REPORT_SECONDS, failed="hub.database_away"))
            tasks.create_task(run_periodically(self._catch_up, CATCH_UP_SECONDS, failed="hub.database_away"))

    async def _report(self) -> None:
        known = tuple(self._sessions)
        async with self._database.transaction() as work:
            stored = await report_instance(work, self._instance_id)
            orphans = stored.keys() - self._sessions.keys()
            for session_id in orphans & self._orphans:
                await work.sessions.close(session_id)
        self._reported, self._orphans = True, orphans
        for session in filter(None, map(self._sessions.get, known)):
            suspended = stored.get(session.session.id)
            if suspended or suspended is None:
                session.socket.end(Close.FINAL if suspended else Close.NEW_TICKET)

    async def _catch_up(self) -> None:
        """Conversations that went on lately: a session that was not sent everything reads what is missing."""
        if not self._sessions:
            self._caught_up_to = None
            return
        async with self._database.single() as work:
            active, self._caught_up_to = await work.conversations.active_since(self._caught_up_to, OVERLAP)
        for conversation in active:
            for side in (at_side("buyer", conversation.buyer), at_side("seller", conversation.seller)):
                for session in tuple(self._at_side.get(side, ())):
                    if side != OF_SUPPORT or session.follows(conversation.id):
                        session.catch_up(conversation.id, conversation.head)

    def _end(self, wanted: Callable[[LiveSession], bool], code: Close) -> None:
        for session in tuple(self._sessions.values()):
            if wanted(session):
                session.socket.end(code)

    def _add(self, session: LiveSession) -> None:
        self._sessions[session.session.id] = session
        for name in sides_of(session.actor):
            self._at_side[name].add(session)
        metrics.SOCKETS_OPEN.set(len(self._sessions))

    def _remove(self, session: LiveSession) -> None:
        del self._sessions[session.session.id]
        for name in sides_of(session.actor):
            of = self._at_side[name]
            of.discard(session)
            if not of:
                del self._at_side[name]
        metrics.SOCKETS_OPEN.set(len(self._sessions))

    async def _close(self, session: LiveSession) -> None:
        async def once() -> None:
            async with self._database.transaction() as work:
                await close_session(work, session.session)

        try:
            await retry_on_contention(once, TRIES)
        except (Contention, DatabaseUnavailable) as error:  # the next reports delete it
            log_seldom("socket.close_not_stored", reason=f"{type(error).__name__}: {error}")
