"""The excerpt for a dispute: what belongs to it, in parts that are small enough, once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.chat import publishers
from services.chat.commands import excerpt, log
from services.chat.domain.conversation import Message
from services.chat.domain.excerpt import (
    LINES_MAX,
    MESSAGES_BEFORE,
    MESSAGES_MAX,
    PART_BYTES,
    chosen_lines,
    chosen_messages,
    in_parts,
)
from services.chat.domain.log import Line
from shared.actor import Actor
from shared.contracts.chat import ChatExcerptAttached, LogCommentAdded
from shared.contracts.orders import DisputeRequested
from shared.ids import new_id
from tests.support.memory import BusinessClock, ChatTables, MemoryChatWork, MemoryDatabase, drive

GOLDEN = Path(__file__).parents[2] / "contracts" / "golden" / "dispute.requested.json"
DISPUTE = DisputeRequested.model_validate_json(GOLDEN.read_text())
PLACED = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
CHAT = UUID(int=7)


def message(seq: int, at: datetime, text: str = "Hello", sender: str = "alice") -> Message:
    return Message(CHAT, seq, UUID(int=seq), sender, sender, f"m-{seq}", text, False, at)


def line(seq: int, text: str = "Hello") -> Line:
    at = PLACED + seq * timedelta(seconds=1)
    return Line(DISPUTE.number, seq, UUID(int=10**6 + seq), "comment", "bob", "seller", None, None, text, at)


def sizes(parts: Sequence[ChatExcerptAttached]) -> list[int]:
    return [len(each.model_dump_json().encode()) for each in parts]


class TestWhatBelongsToIt:
    def test_what_was_written_since_the_order_was_placed_and_a_little_before(self) -> None:
        old = [message(n, PLACED - HOUR) for n in range(1, 101)]
        new = [message(n, PLACED + (n - 101) * HOUR) for n in range(101, 121)]
        assert chosen_messages([*old, *new], PLACED) == [*old[-MESSAGES_BEFORE:], *new]

    def test_the_newest_of_very_much(self) -> None:
        many = [message(n, PLACED) for n in range(1, MESSAGES_MAX + 3)]
        assert chosen_messages(many, PLACED) == many[2:]
        lines = [line(n) for n in range(1, LINES_MAX + 3)]
        assert chosen_lines(lines) == lines[2:]


class TestParts:
    @given(some.lists(some.integers(1, 50), max_size=30), some.integers(50, 120))
    def test_hold_everything_in_order_and_none_is_too_large(self, entries: list[int], most: int) -> None:
        parts = in_parts(entries, lambda size: size, most)
        assert [each for part in parts for each in part] == entries
        assert all(sum(part) <= most for part in parts)
        assert all(parts) or not entries

    def test_of_an_excerpt_are_numbered_and_at_most_200_kb(self) -> None:
        talk = [message(n, PLACED + n * HOUR, "\N{PILE OF POO}" * 2000) for n in range(1, 101)]
        parts = publishers.excerpt(DISPUTE, talk, [line(1)], omitted=False)
        assert [(each.part, each.parts) for each in parts] == [(n, len(parts)) for n in range(1, len(parts) + 1)]
        assert len(parts) == 5
        assert max(sizes(parts)) <= PART_BYTES
        assert min(sizes(parts)[:-1]) > PART_BYTES - 10_000
        assert [each.id for part in parts for each in part.entries] == [line(1).id, *(each.id for each in talk)]

    def test_an_assistant_s_name_stays_with_the_seller(self) -> None:
        written = replace(message(1, PLACED, sender=DISPUTE.seller), by_user="an-assistant")
        ((entry,),) = [each.entries for each in publishers.excerpt(DISPUTE, [written], [], omitted=False)]
        assert (entry.by, entry.role) == (DISPUTE.seller, "seller")
        assert "an-assistant" not in entry.model_dump_json()


class TestADispute:
    """Commands of chat over its tables in memory."""

    @pytest.fixture
    def chat(self) -> "Chat":
        return Chat()

    def test_publishes_the_excerpt_once_however_often_it_is_requested(self, chat: "Chat") -> None:
        again = DISPUTE.model_copy(update={"version": DISPUTE.version + 1})
        charged_back = again.model_copy(update={"cause": again.cause.model_copy(update={"row": "T29"})})
        published = [chat.disputes(each) for each in (DISPUTE, DISPUTE, charged_back)]
        assert [len(each) for each in published] == [1, 0, 0]

    def test_only_later_comments_belong_to_the_case_by_themselves(self, chat: "Chat") -> None:
        chat.knows()
        first = chat.comments("Before")
        (part,) = chat.disputes(DISPUTE)
        second = chat.comments("After")
        assert (first.disputed, second.disputed) == (False, True)
        assert [each.text for each in part.entries if each.kind == "comment"] == ["Before"]
        assert [each.row for each in part.entries if each.kind == "system"] == ["T22"]

    def test_has_the_messages_until_it_was_requested_of_this_pair_in_these_roles(self, chat: "Chat") -> None:
        until = DISPUTE.recorded_at
        chat.talks(
            DISPUTE.buyer, DISPUTE.seller, [("Before", until - HOUR), ("At once", until), ("After", until + HOUR)]
        )
        chat.talks(DISPUTE.seller, DISPUTE.buyer, [("The other way round", until - HOUR)])
        (part,) = chat.disputes(DISPUTE)
        assert [each.text for each in part.entries if each.kind == "message"] == ["Before", "At once"]
        assert not part.omitted

    def test_of_two_who_wrote_very_much_says_that_there_is_more(self, chat: "Chat") -> None:
        at = DISPUTE.recorded_at - HOUR
        chat.talks(DISPUTE.buyer, DISPUTE.seller, [("Hello", at)] * (MESSAGES_MAX + 1))
        parts = chat.disputes(DISPUTE)
        assert {each.omitted for each in parts} == {True}
        assert sum(each.kind == "message" for part in parts for each in part.entries) == MESSAGES_MAX


class Chat:
    """Chat in memory."""

    def __init__(self) -> None:
        self._clock = BusinessClock(DISPUTE.recorded_at, stands_still=True)
        self._tables = ChatTables()
        self._database = MemoryDatabase("chat", self._tables, self._clock, MemoryChatWork)

    def disputes(self, event: DisputeRequested) -> list[ChatExcerptAttached]:
        async def run() -> list[ChatExcerptAttached]:
            async with self._database.transaction() as work:
                await excerpt.attach(work, event)
                return [each for each in work.outbox.published if isinstance(each, ChatExcerptAttached)]

        return drive(run())

    def knows(self) -> None:
        async def run() -> None:
            async with self._database.transaction() as work:
                known = (DISPUTE.number, DISPUTE.buyer, DISPUTE.seller, DISPUTE.category)
                await work.logs.know(*known, paid=True, version=1, paid_at=None, closed_at=None)

        drive(run())

    def comments(self, text: str) -> LogCommentAdded:
        async def run() -> LogCommentAdded:
            async with self._database.transaction() as work:
                await log.comment(work, DISPUTE.number, Actor(DISPUTE.buyer), text)
                (event,) = work.outbox.published
                assert isinstance(event, LogCommentAdded)
                return event

        return drive(run())

    def talks(self, buyer: str, seller: str, texts: Sequence[tuple[str, datetime]]) -> None:
        async def run() -> None:
            async with self._database.transaction() as work:
                opened = (await work.conversations.open(new_id(), buyer, seller)).conversation
                for seq, (text, at) in enumerate(texts, 1):
                    sent = replace(message(seq, at, text, buyer), conversation_id=opened.id)
                    await work.conversations.add(sent, "")

        drive(run())
