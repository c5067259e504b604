"""Frames that no client sends: each is a named error or a close code, the socket stays whole, and nothing changes."""

import asyncio
import json
import re
from contextlib import suppress
from random import Random
from typing import Any
from uuid import UUID

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.support.chat_sockets import ChatClient, address, chatting, ticket_of
from tests.support.effort import EFFORT, SEED
from tests.support.malicious.ground import Ground, unharmed
from tests.support.malicious.texts import texts
from tests.support.market import Actor, Market

PER_SOCKET = 50
"""Below the limit of a flood: 60 in 10 seconds."""
CODES = {"malformed_json", "validation_failed", "unknown_frame", "not_found", "resume_ahead"}
NOBODYS = str(UUID(int=1))
TEXTS = [*texts().values()]
GOOD: dict[str, dict[str, Any]] = {
    "message": {"conversation_id": NOBODYS, "client_id": "m-1", "text": "Hello", "attachments": []},
    "typing": {"conversation_id": NOBODYS},
    "read": {"conversation_id": NOBODYS, "seq": 1},
    "ack": {"conversation_id": NOBODYS, "seq": 1},
    "resume": {"conversations": [{"conversation_id": NOBODYS, "seq": 1}]},
}
WRONG: tuple[Any, ...] = (None, True, -1, 2**31, 2**70, 0.5, [], {}, [[]], "", "\u0000", "\ud800", "x" * 3000, NOBODYS)


def bent(chance: Random) -> str:
    """A frame with one thing wrong in it."""
    kind = chance.choice([*GOOD])
    frame: dict[str, Any] = {"type": kind, **GOOD[kind]}
    name = chance.choice([*frame])
    match chance.randrange(5):
        case 0:
            frame[name] = chance.choice(WRONG)
        case 1:
            frame[name] = chance.choice(TEXTS)
        case 2:
            del frame[name]
        case 3:
            frame[chance.choice(TEXTS)] = frame.pop(name)
        case _:
            text = json.dumps(frame)
            at = chance.randrange(len(text))
            return text[:at] + chance.choice(["", '"', "{", "\\", ",", "1e999", "\u0000"]) + text[at + 1 :]
    return json.dumps(frame)


async def survives(client: ChatClient) -> None:
    """A good frame is answered still."""
    seen = sum(each["type"] == "resumed" for each in client.frames)
    await client.sends(type="resume", conversations=[])
    await client.until(lambda: sum(each["type"] == "resumed" for each in client.frames) > seen)


class TestWhateverIsSentOverASocket:
    @pytest.mark.parametrize("part", range(2 * EFFORT))
    async def test_is_a_named_error_and_changes_nothing(self, ground: Ground, part: int) -> None:
        chance = Random(SEED + part)
        async with unharmed(ground) as may_change:
            may_change.add("chat.last_active")
            for _ in range(4):
                async with chatting(ground.market.someone("attacker")) as client:
                    for _ in range(PER_SOCKET):
                        await client.connection.send(bent(chance))
                    await survives(client)
                    codes = {each["code"] for each in client.frames if each["type"] == "error"}
                    assert codes
                    assert codes <= CODES


class TestAReaderWhoDoesNotRead:
    async def test_is_closed_and_the_others_are_served_meanwhile(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        opening = {"with": market.seller.name, "as": "buyer"}
        chat = str((await market.buyer.posts("/conversations", opening)).ok()["id"])
        await market.sql_write("chat", _LONG, chat, market.seller.name, 8000)
        before = await closed_as_too_slow(market)
        async with (
            chatting(market.buyer) as reads,
            connect(address(market.buyer, await ticket_of(market.buyer)), max_queue=1) as sleeps,
        ):
            await sleeps.send(json.dumps({"type": "resume", "conversations": [{"conversation_id": chat, "seq": 0}]}))
            for number in range(8001, 8011):
                await writes(market.seller, chat, number)
                await reads.gets("message", seq=number)
            assert [seq for seq, _ in reads.messages(chat)] == list(range(8001, 8011))
            async with asyncio.timeout(60):
                while await closed_as_too_slow(market) == before:
                    await asyncio.sleep(0.1)
            with suppress(ConnectionClosed):
                async for _ in sleeps:
                    pass
            assert sleeps.close_code in (1013, 1006)


async def writes(actor: Actor, chat: str, number: int) -> None:
    """One more message."""
    message = {"client_id": f"n-{number}", "text": f"This is number {number}"}
    (await actor.posts(f"/conversations/{chat}/messages", message)).ok()


async def closed_as_too_slow(market: Market) -> float:
    """How many sockets the service has closed because nobody read."""
    shown = (await market.client.get(f"http://127.0.0.1:{market.stack.ports['chat']}/metrics")).text
    found = re.search(r'^market_sockets_closed_total\{code="1013"\} (\S+)$', shown, re.MULTILINE)
    return float(found[1]) if found is not None else 0.0


_LONG = """
with head as (update conversations set head = $3, active_at = market_now() where id = $1::text::uuid)
insert into messages (conversation_id, seq, id, sender, by_user, client_id, fingerprint, text, auto, at)
select $1::text::uuid, n, gen_random_uuid(), $2, $2, 'fill-' || n, '', repeat('long ', 390), false,
       market_now() - interval '1 hour'
from generate_series(1, $3::int) n
"""
