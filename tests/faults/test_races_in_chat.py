"""Two write, read or answer at the same moment: numbers without a gap, and each message once."""

from functools import partial
from itertools import product
from typing import Any

import pytest

from tests.scenarios.steps import delivered
from tests.support.market import Actor, Market
from tests.support.races.meeting import Contender, at_once, elsewhere, expiry, in_line, outcome

HOLD = "select id from conversations where id = $1::text::uuid"
HOLD_ITEM = "select conversation_id from support_items where conversation_id = $1::text::uuid"
CROWD = 8
DEEDS: dict[str, tuple[str, dict[str, Any]]] = {
    "write": ("messages", {"client_id": "m-1", "text": "Is it there?"}),
    "write another": ("messages", {"client_id": "m-2", "text": "Hello?"}),
    "write otherwise": ("messages", {"client_id": "m-1", "text": "Where is it?"}),
    "give contact": ("messages", {"client_id": "m-3", "text": "Write to dawn.trader@example.com"}),
    "read": ("read", {"seq": 1}),
}


async def conversation(market: Market, buyer: Actor, number: str | None = None) -> str:
    """A conversation of this buyer with the seller, with one message of the seller in it."""
    opening = {"with": market.seller.name, "as": "buyer", **({"order_number": number} if number else {})}
    chat = str((await buyer.posts("/conversations", opening)).ok()["id"])
    await writes(market.seller, chat, "m-0")
    return chat


async def writes(actor: Actor, chat: str, client_id: str) -> int:
    """Write a message; answers its number."""
    return int(
        (await actor.posts(f"/conversations/{chat}/messages", {"client_id": client_id, "text": "Hi"})).ok()["seq"]
    )


def doing(buyer: Actor, deed: str, chat: str) -> Contender:
    """The buyer who will do it."""
    path, body = DEEDS[deed]
    return lambda: buyer.posts(f"/conversations/{chat}/{path}", body)


async def shown(market: Market, buyer: Actor, chat: str) -> Any:
    """What a conversation has become: head, unread, texts, and whether somebody is still to be notified."""
    seen = (await buyer.gets(f"/conversations/{chat}")).ok()
    items = (await buyer.gets(f"/conversations/{chat}/messages")).ok()["items"]
    runs = await market.sql("chat", "select 1 from unread_runs where conversation_id = $1::text::uuid", chat)
    return seen["head"], seen["unread"], [(each["seq"], each["text"]) for each in items], len(runs)


class TestTwoOfMyWindowsAtTheSameMoment:
    async def test_behind_the_lock_the_second_meets_what_the_first_has_made(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        for number, pair in enumerate(product(DEEDS, repeat=2)):
            buyers = [market.someone(f"buyer{number}{which}") for which in "ab"]
            calm, raced = [await conversation(market, buyer) for buyer in buyers]
            expected = [outcome(await doing(buyers[0], each, calm)()) for each in pair]
            in_turn = [doing(buyers[1], each, raced) for each in pair]
            answers = await in_line(market, "chat", HOLD, (raced,), *in_turn)
            assert [outcome(each) for each in answers] == expected, pair
            assert await shown(market, buyers[1], raced) == await shown(market, buyers[0], calm), pair


class TestManyWriteAtOnce:
    async def test_and_each_message_has_its_own_number(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await conversation(market, market.buyer)

        def writer(actor: Actor, client_id: str) -> Any:
            return lambda own: writes(elsewhere(actor, own), chat, client_id)

        people = [(market.buyer, market.seller)[number % 2] for number in range(CROWD)]
        found = await at_once(market, *(writer(actor, f"c-{number}") for number, actor in enumerate(people)))
        assert sorted(found) == list(range(2, 2 + CROWD))
        head, _, items, _ = await shown(market, market.buyer, chat)
        assert (head, [seq for seq, _ in items]) == (1 + CROWD, list(range(1, 2 + CROWD)))

    async def test_and_the_same_message_is_one(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await conversation(market, market.buyer)
        again = [lambda own: writes(elsewhere(market.buyer, own), chat, "m-1")] * CROWD
        assert set(await at_once(market, *again)) == {2}
        assert (await shown(market, market.buyer, chat))[0] == 2

    async def test_and_a_new_conversation_is_one_with_one_automatic_reply(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        (await market.seller.puts("/me/auto-reply", {"text": "Back soon"})).ok()
        opening = {"with": market.seller.name, "as": "buyer"}
        found = await at_once(
            market, *[lambda own: elsewhere(market.buyer, own).posts("/conversations", opening)] * CROWD
        )
        (chat,) = {each.ok()["id"] for each in found}
        assert (await shown(market, market.buyer, chat))[2] == [(1, "Back soon")]


class TestManyWriteInOneLog:
    async def test_and_its_chain_holds(self, market: Market) -> None:
        number = (await delivered(market))["number"]
        await market.settles()
        before = (await market.buyer.gets(f"/orders/{number}/log")).ok()["items"]

        def writer(actor: Actor, text: str) -> Any:
            return lambda own: elsewhere(actor, own).posts(f"/orders/{number}/log", {"text": text})

        people = [(market.buyer, market.seller)[each % 2] for each in range(CROWD)]
        found = await at_once(market, *(writer(actor, f"Word {each}") for each, actor in enumerate(people)))
        assert {outcome(each) for each in found} == {"ok"}
        lines = (await market.buyer.gets(f"/orders/{number}/log")).ok()["items"]
        assert [each["seq"] for each in lines] == list(range(1, len(before) + CROWD + 1))
        hashes = await market.sql(
            "chat", "select hash, previous_hash from log_lines where number = $1 order by seq", number
        )
        assert [each["previous_hash"] for each in hashes[1:]] == [each["hash"] for each in hashes[:-1]]


@pytest.mark.parametrize("clock_first", [True, False])
class TestTheDayEndsWhile:
    async def test_support_answers(self, market: Market, clock_first: bool) -> None:
        """The alarm before the answer is one alarm; an answer before it leaves nothing to be alarmed about."""
        question = (await market.buyer.posts("/support/messages", {"text": "Where is it?"})).ok()["id"]
        waiting = (await market.support.gets("/support/queue?limit=100")).ok()["items"]
        item = next(str(each["id"]) for each in waiting if each["user"] == market.buyer.name)
        await market.at("24:00:00", fire=False)
        answer = partial(market.support.posts, f"/support/messages/{question}/answer", {"text": "Here"})
        contenders: list[Contender] = [lambda: expiry(market, item, "chat"), answer]
        answers = await in_line(market, "chat", HOLD_ITEM, (item,), *(contenders if clock_first else contenders[::-1]))
        assert outcome(answers[1 if clock_first else 0]) == "ok"
        await market.at("24:00:00")
        expected = ["received", *(["overdue"] if clock_first else []), "answered"]
        assert await market.published(item, "chat") == [f"support_message.{each}" for each in expected]
