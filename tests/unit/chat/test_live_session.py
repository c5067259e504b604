"""A live session passes on what comes next, reads what is missing, and never guesses."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, cast
from uuid import UUID

import orjson
import pytest

from services.chat.domain.session import Session
from services.chat.sockets.session import LiveSession
from services.chat.unit_of_work import ChatWork
from shared.actor import Actor
from shared.db.errors import DatabaseUnavailable
from shared.db.unit_of_work import Database
from shared.http.sockets import Close, Socket

OPENED = datetime(2030, 1, 1, tzinfo=UTC)
BEFORE, AFTER = (OPENED - timedelta(microseconds=1)).isoformat(), OPENED.isoformat()
CHAT = UUID(int=1)


class Wire:
    """A client that only listens."""

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.code: int | None = None

    async def receive(self) -> NoReturn:
        await asyncio.Event().wait()
        raise AssertionError

    async def send_text(self, text: str) -> None:
        self.sent.append(orjson.loads(text)["seq"])

    async def close(self, code: int) -> None:
        self.code = code


class Away:
    """A database that can't be reached."""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[NoReturn]:
        raise DatabaseUnavailable("away")
        yield


def session_on(wire: Wire) -> LiveSession:
    """A session that is live and can read nothing."""
    socket = Socket(cast("Any", wire))
    given = Session(UUID(int=2), Actor("alice", "user"), OPENED + timedelta(hours=1), OPENED)
    session = LiveSession(given, socket, cast("Database[ChatWork]", Away()), lambda _live: None)
    session.begin()
    return session


def message(seq: int) -> dict[str, Any]:
    """A message as a live frame."""
    return {"type": "message", "conversation_id": str(CHAT), "seq": seq}


async def served(session: LiveSession, wire: Wire, *frames: tuple[int, str | None]) -> None:
    """Offer these frames, until the last has arrived or the socket is closed."""
    for seq, since in frames:
        session.offer(message(seq), since)
    task = asyncio.create_task(session.socket.serve(session.handle))
    async with asyncio.timeout(20):
        while not task.done() and wire.sent[-1:] != [frames[-1][0]]:
            await asyncio.sleep(0.001)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class TestAMessageOfAConversationThatWasNotResumed:
    async def test_is_passed_on_if_nothing_was_written_since_the_session_began(self) -> None:
        wire = Wire()
        await served(session_on(wire), wire, (7, BEFORE), (8, AFTER))
        assert wire.sent == [7, 8]

    @pytest.mark.parametrize("since", [AFTER, None])
    async def test_is_read_with_what_came_before_it_otherwise(self, since: str | None) -> None:
        wire = Wire()
        await served(session_on(wire), wire, (7, since))
        assert wire.sent == []
        assert wire.code == Close.RESTART

    async def test_a_hole_is_read(self) -> None:
        wire = Wire()
        await served(session_on(wire), wire, (7, BEFORE), (9, AFTER))
        assert wire.code == Close.RESTART


class TestTheDatabaseIsAway:
    async def test_so_what_is_missing_cannot_be_read_and_the_client_comes_again(self) -> None:
        wire = Wire()
        session = session_on(wire)
        session.catch_up(CHAT, 3)
        await served(session, wire, (4, AFTER))
        assert (wire.sent, wire.code, session.socket.closing) == ([], 1012, Close.RESTART)
