"""One live session: what its client sends, and what it is sent. Messages come in order, each number once.

A live frame that carries the next number is passed on as it is. Anything else, a hole, a duplicate, a full queue or an
unknown conversation, is settled by reading what is behind the last number that was sent. Live frames begin when the
client's first frame is handled, so that whoever resumes first gets what was missed before what is new.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import orjson

from services.chat import queries
from services.chat.commands import conversations
from services.chat.domain.conversation import Message
from services.chat.domain.session import Session, at_side
from services.chat.live import Live
from services.chat.schemas import message_view
from services.chat.sockets import frames
from services.chat.unit_of_work import ChatWork
from shared.db.errors import Contention, DatabaseUnavailable
from shared.db.repeating import retry_on_contention
from shared.db.unit_of_work import Database
from shared.http.problems import RefusedError
from shared.http.sockets import Close, Socket
from shared.refusals import Refusal, RefusalCode, Refused

TRIES = 5
SILENT_SECONDS = 1.0
"""How long live frames wait for the client's first frame."""
HELD_MAX = 100
Result = TypeVar("Result")


class LiveSession:
    """A session and its socket."""

    def __init__(
        self, session: Session, socket: Socket, database: Database[ChatWork], send_live: Callable[[Live], None]
    ) -> None:
        self.session, self.socket = session, socket
        self.actor = session.actor
        self._database, self._send_live = database, send_live
        self._sent: dict[UUID, int] = {}
        """The last number that was sent, or is on its way, by conversation."""
        self._mending: dict[UUID, bool] = {}
        """Conversations that wait to be read from the database, and whether more has come since that began."""
        self._sides: dict[UUID, tuple[str, str]] = {}
        """In whose name the person writes in a conversation, and to whom."""
        self._is_live = False
        self._held: deque[bytes] = deque(maxlen=HELD_MAX)
        """Frames that are no messages, until live frames begin."""

    def begin(self) -> None:
        """From now on live frames are passed on."""
        self._is_live = True
        while self._held:
            self.socket.put(self._held.popleft())

    async def handle(self, text: str) -> None:
        """Do what a frame of the client asks for; a refusal is an error frame."""
        conversation_id = client_id = None
        try:
            frame = frames.read(text)
            conversation_id = getattr(frame, "conversation_id", None)
            client_id = getattr(frame, "client_id", None)
            refused = await self._perform(frame)
        except RefusedError as error:
            refused = error.refused
        except frames.UnknownFrame:
            refused = None
            self._put_error("unknown_frame", "There is no frame of this type.", None)
        except (DatabaseUnavailable, Contention):
            refused = Refused(Refusal.UNAVAILABLE)
        if refused is not None:
            self._error(refused.code, conversation_id, client_id)
        if not self._is_live:
            self.begin()

    def follows(self, conversation_id: UUID) -> bool:
        """Whether the person resumed it or wrote in it here: support gets what is written only where it does."""
        return conversation_id in self._sent or conversation_id in self._sides

    def offer(self, frame: dict[str, Any], since: str | None = None) -> None:
        """Pass a live frame on; one that is no message and finds no room is dropped.

        `since` is when a message's conversation went on before it: if this session did not exist yet, it lacks nothing.
        """
        if frame["type"] != "message":
            self._put(orjson.dumps(frame))
        elif self._is_live:
            conversation_id, seq = UUID(frame["conversation_id"]), frame["seq"]
            if conversation_id not in self._sent and since and self._is_younger(datetime.fromisoformat(since)):
                self._sent[conversation_id] = seq - 1
            self._offer_message(conversation_id, seq, orjson.dumps(frame))

    def catch_up(self, conversation_id: UUID, head: int) -> None:
        """Read what is missing, if the conversation goes further than what was sent."""
        if self._is_live and self._sent.get(conversation_id, -1) < head:
            self._mend(conversation_id)

    def _is_younger(self, at: datetime) -> bool:
        return at < self.session.opened_at

    def _put(self, frame: bytes) -> None:
        if self._is_live:
            self.socket.put(frame)
        else:
            self._held.append(frame)

    def _offer_message(self, conversation_id: UUID, seq: int, frame: bytes) -> None:
        sent = self._sent.get(conversation_id)
        if conversation_id in self._mending or sent is None:
            self._mend(conversation_id)
        elif seq > sent:
            if seq == sent + 1 and self.socket.put(frame):
                self._sent[conversation_id] = seq
            else:
                self._mend(conversation_id)

    def _mend(self, conversation_id: UUID) -> None:
        waits = conversation_id in self._mending
        self._mending[conversation_id] = waits
        if not waits:
            self.socket.put_later(partial(self._missing, conversation_id))

    async def _missing(self, conversation_id: UUID) -> list[bytes]:
        """The next page of what was not sent; empty when there is nothing more."""
        while True:
            self._mending[conversation_id] = False
            try:
                page = await self._page(conversation_id)
            except (DatabaseUnavailable, Contention):
                self.socket.end(Close.RESTART)
                return []
            if page:
                self._sent[conversation_id] = page[-1].seq
                return [frames.written(each) for each in page]
            if not self._mending[conversation_id]:
                del self._mending[conversation_id]
                return []

    async def _page(self, conversation_id: UUID) -> list[frames.MessageOut]:
        sent = await self._sent_of(conversation_id)
        async with self._database.reading() as reading:
            found = await queries.messages(reading, conversation_id, self.actor, sent, frames.PAGE)
        return [] if isinstance(found, Refused) else [_message(each) for each in found[1]]

    async def _sent_of(self, conversation_id: UUID) -> int:
        """The last number that was sent; of a conversation that was not resumed the last one before this session."""
        if conversation_id not in self._sent:
            async with self._database.reading() as reading:
                before = await queries.last_before(reading, conversation_id, self.session.opened_at)
            self._sent.setdefault(conversation_id, before)
        return self._sent[conversation_id]

    async def _perform(self, frame: frames.ClientFrame) -> Refused | None:
        match frame:
            case frames.ResumeFrame():
                return await self._resume(frame)
            case frames.TypingFrame():
                return await self._typing(frame.conversation_id)
            case frames.SendFrame():
                return await self._message(frame)
            case frames.ReadFrame():
                act = partial(conversations.read, conversation_id=frame.conversation_id, by=self.actor, seq=frame.seq)
            case frames.AckFrame():
                act = partial(
                    conversations.acknowledge, conversation_id=frame.conversation_id, by=self.actor, seq=frame.seq
                )
        done = await self._do(act)
        return done if isinstance(done, Refused) else None

    async def _message(self, frame: frames.SendFrame) -> Refused | None:
        """Write it; its sender is answered with the message, also if it came here before."""
        before = self._sent.get(frame.conversation_id, 0)
        draft = conversations.Draft(frame.client_id, frame.text, frame.attachments)
        live: list[Live] = []

        async def act(work: ChatWork) -> Message | Refused:
            live[:] = [work.live]
            return await conversations.send(work, frame.conversation_id, self.actor, draft)

        sent = await self._do(act)
        if isinstance(sent, Refused):
            return sent
        is_repeat, known = not live[0].frames, self._sent.get(sent.conversation_id, 0)
        answer = frames.written(_message(sent))
        if is_repeat:
            if sent.seq > known and not self._is_younger(sent.at):
                self._mend(sent.conversation_id)  # first what comes before it
            self.socket.put(answer)
        elif not before < sent.seq <= known:  # else its live frame was passed on meanwhile
            self._offer_message(sent.conversation_id, sent.seq, answer)
        return None

    async def _resume(self, frame: frames.ResumeFrame) -> Refused | None:
        wanted = {each.conversation_id: each.seq for each in frame.conversations}
        async with self._database.reading() as reading:
            heads = await queries.heads(reading, list(wanted), self.actor)
        resumed = []
        for conversation_id, seq in wanted.items():
            head = heads.get(conversation_id)
            if head is None:
                self._error(Refusal.NOT_FOUND, conversation_id)
            elif seq > head:
                self._put_error("resume_ahead", "The conversation is not that far.", conversation_id, head=head)
            else:
                self._sent[conversation_id] = seq
                self._mend(conversation_id)
                resumed.append(conversation_id)
        self.socket.put_later(self._resumed(resumed))
        return None

    def _resumed(self, conversations_: list[UUID]) -> Callable[[], Awaitable[list[bytes]]]:
        """The frame that ends a resumption, written when its turn comes, also if the queue is full now."""
        is_sent = False

        async def take() -> list[bytes]:
            nonlocal is_sent
            if is_sent:
                return []
            is_sent = True
            upto = [frames.ResumeFrom(conversation_id=each, seq=self._sent[each]) for each in conversations_]
            return [frames.written(frames.ResumedOut(upto=upto))]

        return take

    async def _typing(self, conversation_id: UUID) -> Refused | None:
        if conversation_id not in self._sides:
            async with self._database.reading() as reading:
                found = await queries.conversation(reading, conversation_id, self.actor)
            if isinstance(found, Refused):
                return found
            name = found.conversation.writer(self.actor)
            assert name is not None
            other = found.conversation.other(name)
            self._sides[conversation_id] = (
                name,
                at_side("seller" if other == found.conversation.seller else "buyer", other),
            )
        live = Live()
        live.typing(conversation_id, *self._sides[conversation_id])
        self._send_live(live)
        return None

    async def _do(self, act: Callable[[ChatWork], Awaitable[Result]]) -> Result:
        async def once() -> Result:
            async with self._database.transaction() as work:
                return await act(work)

        return await retry_on_contention(once, TRIES)

    def _error(self, code: RefusalCode, conversation_id: UUID | None, client_id: str | None = None) -> None:
        self._put_error(code, code.detail, conversation_id, client_id)

    def _put_error(
        self,
        code: str,
        detail: str,
        conversation_id: UUID | None,
        client_id: str | None = None,
        *,
        head: int | None = None,
    ) -> None:
        shown = frames.ErrorOut(
            code=code, detail=detail, conversation_id=conversation_id, client_id=client_id, head=head
        )
        self.socket.put(frames.written(shown))


def _message(message: Message) -> frames.MessageOut:
    return frames.MessageOut(**message_view(message).model_dump())
