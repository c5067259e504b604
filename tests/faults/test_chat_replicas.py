"""Two instances of chat: people on both talk as if there were one, also when one of them is killed (rules 8.1, 8.2)."""

from collections.abc import AsyncIterator
from random import Random

import pytest

from deploy.stack import Stack
from tests.scenarios.test_conversations import talks
from tests.support.chat_sockets import chatting
from tests.support.devices import Device, let_go
from tests.support.effort import EFFORT, SEED
from tests.support.market import Market
from tests.support.outages.replicas import Replica, replica

STEPS = 60
PRESENCE_SECONDS = 60


@pytest.fixture(scope="module")
async def second(stack: Stack) -> AsyncIterator[Replica]:
    """A second instance of chat, beside the one behind the gateway."""
    async with replica(stack, "chat") as running:
        yield running


@pytest.fixture
async def chat(market: Market) -> str:
    """A conversation of the buyer with the seller."""
    await market.seller.lists()
    await market.settles()
    return (await talks(market)).rpartition("/")[2]


class TestTwoInstances:
    async def test_pass_messages_typing_and_presence_on_to_each_other(
        self, market: Market, chat: str, second: Replica
    ) -> None:
        async with chatting(market.buyer) as buyer:
            async with chatting(market.seller, url=second.url) as seller:
                await buyer.gets("presence", user=market.seller.name, online=True)
                await buyer.sends(type="message", conversation_id=chat, client_id="m-1", text="Is it there?")
                await seller.gets("message", seq=1)
                await seller.sends(type="typing", conversation_id=chat)
                await seller.sends(type="message", conversation_id=chat, client_id="m-1", text="It is")
                await buyer.gets("typing")
                await buyer.gets("message", seq=2)
                assert buyer.messages(chat) == seller.messages(chat) == [(1, "Is it there?"), (2, "It is")]
            await buyer.gets("presence", user=market.seller.name, online=False)

    async def test_close_sockets_of_a_suspended_account_on_both(
        self, market: Market, chat: str, second: Replica
    ) -> None:
        async with chatting(market.seller) as one, chatting(market.seller, url=second.url) as other:
            (await market.support.posts(f"/conduct/{market.seller.name}/suspend", {"reason": "Threats"})).ok()
            assert {await one.closed(), await other.closed()} == {4403}

    async def test_redeem_a_ticket_once_between_them(self, market: Market, second: Replica) -> None:
        ticket = str((await market.buyer.posts("/chat/tickets", {})).ok()["ticket"])
        async with chatting(market.buyer, ticket, url=second.url) as one:
            await one.resumes()
            async with chatting(market.buyer, ticket) as other:
                assert await other.closed() == 4401


class TestEveryInterleaving:
    @pytest.mark.parametrize("seed", range(3 * EFFORT))
    async def test_brings_every_message_once_and_in_order_to_every_device(
        self, market: Market, chat: str, second: Replica, seed: int
    ) -> None:
        chance = Random(SEED + seed)
        people = {"a": market.buyer, "b": market.buyer, "c": market.seller, "d": market.seller}
        devices = [Device(actor, chat, name) for name, actor in people.items()]
        for _ in range(STEPS):
            await step(chance, chance.choice(devices), ["", second.url])
        await all_meet(market, chat, devices)


class TestAnInstanceIsKilled:
    async def test_its_people_resume_elsewhere_and_have_lost_nothing(
        self, market: Market, chat: str, stack: Stack
    ) -> None:
        buyer, seller = Device(market.buyer, chat, "a"), Device(market.seller, chat, "b")
        async with replica(stack, "chat", settings={"MARKET_INSTANCE": "chat-3"}) as dying:
            await buyer.connects(dying.url)
            await seller.connects()
            for _ in range(5):
                await buyer.writes()
                await seller.writes()
            dying.process.kill()
            await dying.process.wait()
            for _ in range(5):
                await buyer.writes()
                await seller.writes()
            await all_meet(market, chat, [buyer, seller])

    async def test_whoever_was_on_it_is_grey_within_a_minute(self, market: Market, chat: str, stack: Stack) -> None:
        async with (
            replica(stack, "chat", settings={"MARKET_INSTANCE": "chat-3"}) as dying,
            chatting(market.buyer) as buyer,
        ):
            async with chatting(market.seller, url=dying.url):
                await buyer.gets("presence", user=market.seller.name, online=True)
                dying.process.kill()
                await dying.process.wait()
                await buyer.gets("presence", seconds=PRESENCE_SECONDS, user=market.seller.name, online=False)
            shown = (await market.buyer.gets(f"/presence?users={market.seller.name}")).ok()["items"][0]
            assert shown["online"] is False
            assert shown["last_seen"] is not None


async def step(chance: Random, device: Device, urls: list[str]) -> None:
    """One thing that happens to a device."""
    if not device.is_connected:
        await (device.connects(chance.choice(urls)) if chance.random() < 0.5 else device.writes())
    elif chance.random() < 0.2:
        await device.loses_its_line()
    else:
        await device.writes()


async def all_meet(market: Market, chat: str, devices: list[Device]) -> None:
    """At last everybody connects: all devices have the same messages, those that the service stored."""
    for device in devices:
        if not device.is_connected:
            await device.connects()
    written = sum(device.written for device in devices)
    for device in devices:
        await device.has_all(written)
    stored: list[tuple[int, str]] = []
    while page := (await market.buyer.gets(f"/conversations/{chat}/messages?after_seq={len(stored)}")).ok()["items"]:
        stored += [(each["seq"], each["text"]) for each in page]
    assert len(stored) == written
    assert all(device.received == stored for device in devices)
    await let_go(devices)
