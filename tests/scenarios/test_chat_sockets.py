"""People talk live: messages, read marks and presence arrive at once, each message once and in order (rules 8)."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.scenarios.steps import delivered
from tests.scenarios.test_conversations import talks, writes
from tests.support.chat_sockets import address, chatting, ticket_of
from tests.support.market import Actor, Market


@pytest.fixture
async def chat(market: Market) -> str:
    """A conversation of the buyer with the seller, before any order."""
    await market.seller.lists()
    await market.settles()
    return (await talks(market)).rpartition("/")[2]


def path(chat: str) -> str:
    """The conversation's path."""
    return f"/conversations/{chat}"


async def say(actor: Actor, chat: str, *texts: str) -> None:
    """Write these over HTTP, one after the other."""
    for number, text in enumerate(texts):
        await writes(actor, path(chat), text, f"{actor.name[:6]}-{number}-{text.replace(' ', '')}")


def written_logs(market: Market) -> dict[str, str]:
    """Every log of the stack."""
    files = [each for each in (market.stack.layout / "logs").rglob("*.log") if each.is_file()]
    return {each.name: each.read_text(errors="replace") for each in files}


class TestITalkLive:
    async def test_a_message_arrives_at_both_and_its_sender_gets_the_number(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer) as buyer, chatting(market.seller) as seller:
            await buyer.sends(type="message", conversation_id=chat, client_id="m-1", text="Is it still there?")
            assert (await buyer.gets("message", client_id="m-1"))["seq"] == 1
            arrived = await seller.gets("message")
            assert (arrived["from"], arrived["text"], arrived["seq"]) == (market.buyer.name, "Is it still there?", 1)
            await buyer.gets("message", seq=1)

    async def test_the_same_message_again_has_the_same_number_and_arrives_once(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer) as buyer, chatting(market.seller) as seller:
            for _ in range(3):
                await buyer.sends(type="message", conversation_id=chat, client_id="m-1", text="Hello")
            await buyer.sends(type="message", conversation_id=chat, client_id="m-2", text="Bye")
            await buyer.gets("message", client_id="m-2")
            assert [each["seq"] for each in buyer.frames if each.get("client_id") == "m-1"] == [1, 1, 1]
            await seller.gets("message", seq=2)
            assert seller.messages(chat) == [(1, "Hello"), (2, "Bye")]

    async def test_another_text_under_the_same_client_id_is_an_error(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer) as buyer:
            await buyer.sends(type="message", conversation_id=chat, client_id="m-1", text="Hello")
            await buyer.gets("message", client_id="m-1")
            await buyer.sends(type="message", conversation_id=chat, client_id="m-1", text="Goodbye")
            assert (await buyer.gets("error"))["code"] == "client_id_conflict"

    async def test_contact_information_is_withheld_and_its_sender_learns_it(self, market: Market, chat: str) -> None:
        async with chatting(market.seller) as seller, chatting(market.buyer) as buyer:
            await seller.sends(type="message", conversation_id=chat, client_id="m-1", text="Mail me: a@example.com")
            assert (await seller.gets("error", client_id="m-1"))["code"] == "contact_information"
            await say(market.seller, chat, "On my way")
            await buyer.gets("message", seq=1)
            assert buyer.messages(chat) == [(1, "On my way")]

    async def test_reading_in_one_window_shows_in_the_other(self, market: Market, chat: str) -> None:
        await say(market.seller, chat, "Here it is")
        async with chatting(market.buyer) as one, chatting(market.buyer) as other:
            await one.sends(type="read", conversation_id=chat, seq=1)
            assert (await other.gets("read"))["seq"] == 1
        assert (await market.buyer.gets(path(chat))).ok()["unread"] == 0

    async def test_typing_is_shown_to_the_other_side_and_stored_nowhere(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer) as buyer, chatting(market.seller) as seller:
            await buyer.sends(type="typing", conversation_id=chat)
            assert (await seller.gets("typing"))["from"] == market.buyer.name
        assert (await market.buyer.gets(path(chat))).ok()["head"] == 0

    async def test_a_step_of_an_order_arrives(self, market: Market) -> None:
        async with chatting(market.buyer) as buyer, chatting(market.seller) as seller:
            number = (await delivered(market))["number"]
            assert (await buyer.gets("order", status="waiting_confirmation"))["number"] == number
            await seller.gets("order", status="waiting_confirmation")
            assert "waiting_payment" not in {each.get("status") for each in seller.frames}


class TestAnAssistantOfASeller:
    async def test_gets_what_the_seller_sells_and_nothing_of_what_the_seller_buys(
        self, market: Market, chat: str
    ) -> None:
        other = market.someone("other-seller")
        await other.lists()
        await market.settles()
        opening = {"with": other.name, "as": "buyer"}
        private = str((await market.seller.posts("/conversations", opening)).ok()["id"])
        helper = market.someone("helper", acts_for=market.seller.name)
        async with chatting(helper) as assistant, chatting(market.seller) as seller, chatting(other) as partner:
            await partner.sends(type="typing", conversation_id=private)
            await seller.gets("typing")
            await say(other, private, "One", "Two")
            await say(market.seller, private, "Three")
            await seller.gets("message", conversation_id=private, seq=3)
            await say(market.buyer, chat, "Hello")
            await assistant.gets("message", conversation_id=chat, seq=1)
            assert private not in str(assistant.frames)


class TestMyConnectionWasLost:
    async def test_i_get_what_i_missed_and_then_resumed(self, market: Market, chat: str) -> None:
        texts = [f"Line {number}" for number in range(1, 121)]
        await say(market.seller, chat, *texts[:5])
        await market.sql_write("chat", _FILL, chat, market.seller.name, 5, 120)
        async with chatting(market.buyer, resumes=False) as buyer:
            resumed = await buyer.resumes(**{chat: 3})
            assert resumed["upto"] == [{"conversation_id": chat, "seq": 120}]
            assert [seq for seq, _ in buyer.messages(chat)] == list(range(4, 121))
            assert buyer.frames[-1]["type"] == "resumed"
            await say(market.seller, chat, "And one more")
            await buyer.gets("message", seq=121)

    async def test_a_number_above_the_head_is_an_error(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer, resumes=False) as buyer:
            assert (await buyer.resumes(**{chat: 7}))["upto"] == []
            error = await buyer.gets("error")
            assert (error["code"], error["head"], error["conversation_id"]) == ("resume_ahead", 0, chat)

    async def test_somebody_elses_conversation_is_not_found(self, market: Market, chat: str) -> None:
        await say(market.seller, chat, "Between us")
        async with chatting(market.someone("eve"), resumes=False) as eve:
            await eve.resumes(**{chat: 0})
            await eve.sends(type="typing", conversation_id=chat)
            await eve.sends(type="read", conversation_id=chat, seq=1)
            await eve.sends(type="message", conversation_id=chat, client_id="m-1", text="Hello")
            await eve.until(lambda: len(eve.frames) == 5)
            assert [each.get("code") for each in eve.frames] == ["not_found", None, *["not_found"] * 3]

    async def test_a_message_whose_live_frame_was_lost_arrives_all_the_same(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer, resumes=False) as buyer:
            await buyer.resumes(**{chat: 0})
            await market.sql_write("chat", _FILL, chat, market.seller.name, 0, 3)
            await buyer.gets("message", seq=3)
            assert [seq for seq, _ in buyer.messages(chat)] == [1, 2, 3]


class TestWhoIsThere:
    async def test_a_seller_is_blue_while_connected_and_grey_afterwards(self, market: Market, chat: str) -> None:
        async def seen() -> dict[str, object]:
            found = (await market.buyer.gets(f"/presence?users={market.seller.name}")).ok()["items"]
            return dict(found[0])

        assert await seen() == {"user": market.seller.name, "online": False, "last_seen": None}
        async with chatting(market.buyer) as buyer:
            async with chatting(market.seller):
                await buyer.gets("presence", user=market.seller.name, online=True)
                assert (await seen())["online"] is True
            await buyer.gets("presence", user=market.seller.name, online=False)
        gone = await seen()
        assert (gone["online"], gone["last_seen"]) == (False, market.written("00:00:00"))

    async def test_scenario_70_a_seller_who_is_away_answers_by_itself_unless_an_assistant_is_there(
        self, market: Market
    ) -> None:
        await market.seller.lists()
        await market.settles()
        (await market.seller.puts("/me/auto-reply", {"text": "Back soon"})).ok()
        assistant = market.someone("assistant", acts_for=market.seller.name)

        async def opens(buyer: Actor) -> tuple[bool, list[str]]:
            chat = (await buyer.posts("/conversations", {"with": market.seller.name, "as": "buyer"})).ok()["id"]
            written = (await buyer.gets(f"/conversations/{chat}/messages")).ok()["items"]
            (seen,) = (await buyer.gets(f"/presence?users={market.seller.name}")).ok()["items"]
            return seen["online"], [each["text"] for each in written]

        assert await opens(market.buyer) == (False, ["Back soon"])
        async with chatting(assistant):
            assert await opens(market.someone("second-buyer")) == (True, [])

    async def test_a_buyer_is_grey_for_strangers(self, market: Market, chat: str) -> None:
        async with chatting(market.buyer):
            path_of_buyer = f"/presence?users={market.buyer.name}"
            assert (await market.seller.gets(path_of_buyer)).ok()["items"][0]["online"] is True
            hidden = {"user": market.buyer.name, "online": False, "last_seen": None}
            assert (await market.someone("eve").gets(path_of_buyer)).ok()["items"] == [hidden]


class TestATicket:
    async def test_opens_one_socket(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)
        async with chatting(market.buyer, ticket), chatting(market.buyer, ticket) as again:
            assert await again.closed() == 4401

    async def test_is_redeemed_once_however_many_try(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)

        async def is_opened() -> bool:
            async with chatting(market.buyer, ticket) as socket:
                with suppress(ConnectionClosed):
                    await socket.sends(type="resume", conversations=[])
                await socket.until(lambda: bool(socket.frames) or socket.is_over)
                return bool(socket.frames)

        assert sum(await asyncio.gather(*(is_opened() for _ in range(5)))) == 1

    @pytest.mark.parametrize("ticket", ["", "nonsense", "%00", "x" * 1500])
    async def test_that_is_none_is_closed_with_4401(self, market: Market, ticket: str) -> None:
        async with chatting(market.buyer, ticket) as socket:
            assert await socket.closed() == 4401

    async def test_is_too_old_after_thirty_seconds(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)
        await market.sql_write("chat", "update tickets set expires_at = now() where by_user = $1", market.buyer.name)
        async with chatting(market.buyer, ticket) as socket:
            assert await socket.closed() == 4401

    async def test_is_in_no_log(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)
        async with chatting(market.buyer, ticket) as socket:
            await socket.sends(type="nonsense")
            await socket.gets("error")
        logs = written_logs(market)
        assert [name for name, text in logs.items() if ticket in text] == []
        assert len(logs) > 5

    async def test_a_page_of_a_foreign_origin_opens_nothing(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)
        with pytest.raises(InvalidStatus) as refused:
            await connect(address(market.buyer, ticket), origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        async with chatting(market.buyer, ticket, origin="http://localhost:5173") as socket:
            await socket.sends(type="nonsense")
            await socket.gets("error")


class TestWhenASocketEnds:
    async def test_signing_out_closes_all_of_them(self, market: Market) -> None:
        async with chatting(market.buyer) as one, chatting(market.buyer) as other:
            (await market.buyer.sends("DELETE", "/chat/tickets")).ok()
            assert {await one.closed(), await other.closed()} == {4401}

    async def test_also_when_the_live_frame_is_lost(self, market: Market) -> None:
        async with chatting(market.buyer) as socket:
            await market.sql_write("chat", "delete from sessions where by_user = $1", market.buyer.name)
            assert await socket.closed() == 4401

    async def test_a_suspended_account_is_closed_for_good(self, market: Market) -> None:
        async with chatting(market.seller) as socket:
            (await market.support.posts(f"/conduct/{market.seller.name}/suspend", {"reason": "Threats"})).ok()
            assert await socket.closed() == 4403
        assert (await market.seller.posts("/chat/tickets", {})).code == "account_suspended"

    async def test_a_sixth_socket_is_one_too_many(self, market: Market) -> None:
        async with AsyncExitStack() as sockets:
            *_, fifth, sixth = [await sockets.enter_async_context(chatting(market.buyer)) for _ in range(6)]
            assert await sixth.closed() == 4409
            await fifth.sends(type="nonsense")
            await fifth.gets("error")

    async def test_the_end_of_the_token_is_the_end_of_the_socket(self, market: Market) -> None:
        ticket = await ticket_of(market.buyer)
        soon = "update tickets set token_expires_at = now() + interval '1 s' where by_user = $1"
        await market.sql_write("chat", soon, market.buyer.name)
        async with chatting(market.buyer, ticket) as socket:
            assert await socket.closed() == 4401


class TestBadFrames:
    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "null",
            "[]",
            '{"type":"message"}',
            '{"type":"nonsense"}',
            '{"type":"typing","conversation_id":"x"}',
            '{"type":"typing","conversation_id":1e999}',
            '{"type":"typing","conversation_id":"' + "a" * 60_000 + '"}',
            '{"type":"resume","conversations":[' + ",".join(['{"conversation_id":"x","seq":-1}'] * 201) + "]}",
            "[" * 5000,
        ],
    )
    async def test_are_errors_and_the_socket_stays_open(self, market: Market, text: str) -> None:
        async with chatting(market.buyer) as socket:
            await socket.connection.send(text)
            assert (await socket.gets("error"))["code"] in ("malformed_json", "validation_failed", "unknown_frame")
            await socket.sends(type="resume", conversations=[])
            await socket.gets("resumed")

    async def test_binary_is_1003(self, market: Market) -> None:
        async with chatting(market.buyer) as socket:
            await socket.connection.send(b"\x00\x01")
            assert await socket.closed() == 1003

    async def test_what_is_no_utf8_is_1007(self, market: Market) -> None:
        async with chatting(market.buyer) as socket:
            await socket.connection.send(b"\xff\xfe", text=True)
            assert await socket.closed() == 1007

    async def test_a_frame_over_64_kib_is_1009(self, market: Market) -> None:
        async with chatting(market.buyer) as socket:
            await socket.connection.send("x" * 70_000)
            assert await socket.closed() == 1009

    async def test_a_flood_is_1008(self, market: Market) -> None:
        async with chatting(market.buyer) as socket:
            for _ in range(100):
                await socket.connection.send("{}")
            assert await socket.closed() == 1008


_FILL = """
with head as (update conversations set head = $4, active_at = market_now() where id = $1::text::uuid)
insert into messages (conversation_id, seq, id, sender, by_user, client_id, fingerprint, text, auto, at)
select $1::text::uuid, n, gen_random_uuid(), $2, $2, 'fill-' || n, '', 'Line ' || n, false, market_now()
from generate_series($3::int + 1, $4::int) n
"""
