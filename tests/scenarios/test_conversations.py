"""Buyer and seller talk to each other, and everybody who may read an order reads its log (rules 8)."""

import asyncio

import pytest

from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Actor, Market


async def talks(market: Market, **about: object) -> str:
    """The buyer opens the conversation with the seller, about this; the path of it."""
    opening = {"with": market.seller.name, "as": "buyer", **about}
    return f"/conversations/{(await market.buyer.posts('/conversations', opening)).ok()['id']}"


async def writes(actor: Actor, chat: str, text: str, client_id: str) -> int:
    """Send a message; its number."""
    sent = (await actor.posts(f"{chat}/messages", {"client_id": client_id, "text": text})).ok()
    return int(sent["seq"])


async def read(actor: Actor, chat: str, after: int = 0) -> list[tuple[int, str, str]]:
    """What a party reads: number, sender and text."""
    found = (await actor.gets(f"{chat}/messages?after_seq={after}")).ok()["items"]
    return [(each["seq"], each["from"], each["text"]) for each in found]


class TestIAskASellerBeforeIBuy:
    async def test_from_a_listing_and_both_read_the_same(self, market: Market) -> None:
        listing_id = await market.seller.lists()
        await market.settles()
        chat = await talks(market, listing_id=listing_id)
        assert await writes(market.buyer, chat, "Is it still there?", "m-1") == 1
        assert await writes(market.seller, chat, "It is", "m-1") == 2
        lines = [(1, market.buyer.name, "Is it still there?"), (2, market.seller.name, "It is")]
        assert await read(market.buyer, chat) == await read(market.seller, chat) == lines
        assert await read(market.buyer, chat, after=1) == lines[1:]

    async def test_there_is_one_conversation_per_pair_in_these_roles(self, market: Market) -> None:
        order = await paid(market)
        await market.settles()
        chat = await talks(market)
        assert await talks(market, order_number=order["number"]) == chat
        opening = {"with": market.buyer.name, "as": "seller", "order_number": order["number"]}
        assert (await market.seller.posts("/conversations", opening)).ok()["id"] in chat
        (seen,) = (await market.seller.gets("/conversations")).ok()["items"]
        assert (seen["buyer"], seen["orders"]) == (market.buyer.name, [order["number"]])

    async def test_nobody_is_written_to_who_never_sold(self, market: Market) -> None:
        stranger = market.someone("stranger")
        opening = {"with": stranger.name, "as": "buyer"}
        assert (await market.buyer.posts("/conversations", opening)).code == "not_found"
        assert (
            await market.buyer.posts("/conversations", {**opening, "with": market.buyer.name})
        ).code == "not_a_party"

    async def test_a_seller_writes_only_to_the_buyer_of_an_order(self, market: Market) -> None:
        order = await paid(market)
        other = market.someone("other")
        await market.settles()
        opening = {"with": other.name, "as": "seller", "order_number": order["number"]}
        assert (await market.seller.posts("/conversations", opening)).code == "order_not_found"
        del opening["order_number"]
        assert (await market.seller.posts("/conversations", opening)).code == "not_a_party"

    async def test_a_stranger_finds_nothing(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat, eve = await talks(market), market.someone("eve")
        assert {(await eve.gets(chat)).code, (await eve.gets(f"{chat}/messages")).code} == {"not_found"}
        assert (await eve.posts(f"{chat}/messages", {"client_id": "m-1", "text": "Hello"})).code == "not_found"
        assert (await market.support.gets(chat)).code == "not_a_party"


class TestAMessageSentTwice:
    async def test_is_one_message_and_another_text_under_its_client_id_is_refused(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        assert [await writes(market.buyer, chat, "Hello", "m-1") for _ in range(2)] == [1, 1]
        other = await market.buyer.posts(f"{chat}/messages", {"client_id": "m-1", "text": "Hello!"})
        assert (other.status, other.code) == (422, "client_id_conflict")
        assert await writes(market.seller, chat, "Hello", "m-1") == 2

    async def test_numbers_have_no_gap_when_both_write_at_once(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        sending = [
            writes(who, chat, "Hello", f"m-{turn}") for turn in range(8) for who in (market.buyer, market.seller)
        ]
        assert sorted(await asyncio.gather(*sending)) == list(range(1, 17))
        assert [seq for seq, _, _ in await read(market.buyer, chat)] == list(range(1, 17))


class TestWhatIHaveNotRead:
    async def test_is_counted_until_i_read_it_and_marks_only_rise(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        for turn in range(3):
            await writes(market.buyer, chat, "Hello", f"m-{turn}")
        assert (await market.seller.gets(chat)).ok()["unread"] == 3
        assert (await market.buyer.gets(chat)).ok()["unread"] == 0
        for seq, unread in ((2, 1), (1, 1), (3, 0)):
            (await market.seller.posts(f"{chat}/read", {"seq": seq})).ok()
            assert (await market.seller.gets(chat)).ok()["unread"] == unread
        assert (await market.seller.posts(f"{chat}/read", {"seq": 4})).code == "validation_failed"

    async def test_for_90_seconds_is_reported_once_and_not_if_i_have_read_it(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        for turn in range(2):
            await writes(market.buyer, chat, "Hello", f"m-{turn}")
        await writes(market.seller, chat, "Hello", "m-1")
        (await market.buyer.posts(f"{chat}/read", {"seq": 3})).ok()
        await market.advances({"by": "PT1M30S"})
        conversation = chat.rpartition("/")[2]
        async with asyncio.timeout(30):
            while not (notified := await market.events(conversation, "chat")):
                await asyncio.sleep(0.1)
        await writes(market.buyer, chat, "Hello?", "m-9")
        await market.advances({"by": "PT10M"})
        await asyncio.sleep(0)
        assert [(each["body"]["recipient"], each["body"]["first_seq"]) for each in notified] == [
            (market.seller.name, 1)
        ]
        assert "text" not in notified[0]["body"]


class TestContactInformation:
    async def test_scenario_65_is_withheld_takes_no_number_and_is_one_offence_however_often_it_is_sent(
        self, market: Market
    ) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        body = {"client_id": "m-1", "text": "Write to dawn.trader@example.com"}
        first, again = [await market.seller.posts(f"{chat}/messages", body) for _ in range(2)]
        assert (first.status, first.code, first.body["current"]["kinds"]) == (422, "contact_information", ["email"])
        assert again.body["current"] == first.body["current"]
        assert await read(market.seller, chat) == []
        assert await writes(market.seller, chat, "Hello", "m-2") == 1
        await market.settles()
        conduct = (await market.seller.gets(f"/conduct/{market.seller.name}")).ok()
        assert (len(conduct["offences"]), conduct["standing"]) == (1, "warned")

    async def test_counts_when_it_is_split_over_two_messages(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        assert await writes(market.seller, chat, "My number is 0123", "m-1") == 1
        second = await market.seller.posts(f"{chat}/messages", {"client_id": "m-2", "text": "456789"})
        assert second.code == "contact_information"
        assert await read(market.buyer, chat) == [(1, market.seller.name, "My number is 0123")]

    async def test_a_second_time_suspends_and_a_suspended_seller_reads_and_does_not_write(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        chat = await talks(market)
        for name in ("m-1", "m-2"):
            body = {"client_id": name, "text": "Write to dawn.trader@example.com"}
            assert (await market.seller.posts(f"{chat}/messages", body)).code == "contact_information"
            await market.settles()
        answer = await market.seller.posts(f"{chat}/messages", {"client_id": "m-3", "text": "Hello"})
        assert answer.code == "account_suspended"
        assert (await market.seller.gets(chat)).status == 200

    async def test_of_dates_prices_and_order_numbers_there_is_none(self, market: Market) -> None:
        order = await paid(market)
        await market.settles()
        chat = await talks(market, order_number=order["number"])
        text = f"{order['number']}: MYR 1,234,567.00 on 2026-11-28 at 14:30"
        assert await writes(market.seller, chat, text, "m-1") == 1


class TestWhatASellerPrepares:
    async def test_the_automatic_reply_goes_to_a_buyer_once_in_24_hours(self, market: Market) -> None:
        await market.seller.lists()
        await market.settles()
        (await market.seller.puts("/me/auto-reply", {"text": "Back soon"})).ok()
        chat = await talks(market)
        await writes(market.buyer, chat, "Hello", "m-1")
        await talks(market)
        assert [text for _, _, text in await read(market.buyer, chat)] == ["Back soon", "Hello"]
        await market.advances({"by": "PT24H"})
        await talks(market)
        found = (await market.buyer.gets(f"{chat}/messages")).ok()["items"]
        assert [(each["text"], each["auto"]) for each in found][2:] == [("Back soon", True)]

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/me/auto-reply", {"text": "Call 0123456789"}),
            ("/me/quick-replies", {"replies": ["Hello", "Call 0123456789"]}),
        ],
    )
    async def test_may_hold_no_contact_information(self, market: Market, path: str, body: dict[str, object]) -> None:
        assert (await market.seller.puts(path, body)).code == "contact_information"

    async def test_quick_replies_are_few_and_short(self, market: Market) -> None:
        assert (await market.seller.puts("/me/quick-replies", {"replies": ["Hello"] * 10})).status == 200
        for wrong in (["Hello"] * 11, ["word " * 251], [" "]):
            answer = await market.seller.puts("/me/quick-replies", {"replies": wrong})
            assert (answer.status, answer.code) == (422, "validation_failed")


class TestTheLogOfAnOrder:
    async def test_has_a_line_for_each_transition_and_the_comments_each_with_the_hash_before_it(
        self, market: Market
    ) -> None:
        order = await delivered(market)
        log = f"/orders/{order['number']}/log"
        await market.settles()
        for who in (market.seller, market.buyer, market.support):
            (await who.posts(log, {"text": "Here is what happened"})).ok()
        lines = (await market.buyer.gets(log)).ok()["items"]
        assert [(each["kind"], each["row"], each["by"]["role"]) for each in lines] == [
            ("system", "T1", "buyer"),
            ("system", "T3", "provider"),
            ("system", "T7", "seller"),
            ("comment", None, "seller"),
            ("comment", None, "buyer"),
            ("comment", None, "support"),
        ]
        assert [each["previous_hash"] for each in lines] == ["", *(each["hash"] for each in lines[:-1])]
        assert (await market.seller.gets(f"{log}?after_seq=5")).ok()["items"] == lines[5:]

    async def test_is_seen_by_the_seller_once_it_is_paid_and_never_by_a_stranger(self, market: Market) -> None:
        order = await placed(market)
        log = f"/orders/{order['number']}/log"
        await market.settles()
        assert (await market.buyer.gets(log)).status == 200
        assert (await market.seller.gets(log)).code == "order_not_found"
        await market.buyer.pays(order["payment_number"])
        await market.settles()
        assert (await market.seller.gets(log)).status == 200
        assert (await market.someone("eve").gets(log)).code == "order_not_found"

    async def test_takes_no_contact_information_but_proof_of_an_account(self, market: Market) -> None:
        order = await delivered(market)
        text = {"text": "Write to dawn.trader@example.com"}
        assert (await market.seller.posts(f"/orders/{order['number']}/log", text)).code == "contact_information"
        account = await paid(market, category="account")
        await market.settles()
        assert (await market.seller.posts(f"/orders/{account['number']}/log", text)).status == 201
        assert (await market.buyer.posts(f"/orders/{account['number']}/log", text)).code == "contact_information"

    async def test_shows_text_as_it_was_written(self, market: Market) -> None:
        order = await delivered(market)
        text = "<script>alert(1)</script> & 'ok'"
        line = (await market.buyer.posts(f"/orders/{order['number']}/log", {"text": text})).ok()
        assert line["text"] == text
        bidi = await market.buyer.posts(f"/orders/{order['number']}/log", {"text": "abc\u202edef"})
        assert bidi.code == "validation_failed"
