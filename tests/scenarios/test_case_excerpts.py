"""For a dispute support reads what the two wrote to each other and the order's log, also later comments (rules 8.6)."""

import asyncio
from typing import Any

import pytest

from tests.scenarios.steps import delivered, disputed, refused
from tests.scenarios.test_conversations import talks, writes
from tests.support.market import Actor, Market

EVIL = "<script>alert('1')</script> <img src=x onerror=alert(2)> & \"quotes\""


async def comments(actor: Actor, number: str, text: str) -> str:
    """Write into an order's log; the line's id."""
    return str((await actor.posts(f"/orders/{number}/log", {"text": text})).ok()["id"])


async def whole(actor: Actor, path: str, limit: int = 100) -> list[Any]:
    """Every message and line of a case, page by page."""
    found: list[Any] = []
    query = f"?limit={limit}"
    while True:
        page = (await actor.gets(f"{path}/excerpt{query}")).ok()
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query = f"?limit={limit}&cursor={page['next_cursor']}"


def shown(entries: list[Any]) -> list[tuple[str, str, str]]:
    """Who wrote what, without the lines of transitions."""
    return [(each["kind"], each["role"], each["text"]) for each in entries if each["kind"] != "system"]


SPOKEN = [
    ("message", "buyer", "Is it all 1000 gold?"),
    ("message", "seller", "All of it, today"),
    ("message", "buyer", "I got 700"),
    ("comment", "seller", "Handed over 1000 in the town"),
]


async def disagree(market: Market) -> str:
    """The two talk, buy, and write `SPOKEN` until the buyer asks for dispute resolution; the path of the case."""
    buyer, seller = market.buyer, market.seller
    listing_id = await seller.lists()
    await market.settles()
    chat = await talks(market, listing_id=listing_id)
    await writes(buyer, chat, SPOKEN[0][2], "m-1")
    await writes(seller, chat, SPOKEN[1][2], "m-1")
    number = (await refused(market))["number"]
    await market.settles()
    await writes(buyer, chat, SPOKEN[2][2], "m-2")
    await comments(seller, number, SPOKEN[3][2])
    await market.at("44:00:00")
    order = (await buyer.performs(number, "dispute")).ok()
    await market.settles()
    return f"/disputes/{order['dispute_id']}"


class TestWeTalkBuyAndDisagree:
    async def test_and_support_and_both_parties_read_what_we_said_and_the_log(self, market: Market) -> None:
        path = await disagree(market)
        for who in (market.support, market.buyer, market.seller):
            excerpt = (await who.gets(path)).ok()["excerpt"]
            assert shown(excerpt["items"]) == SPOKEN
            assert (excerpt["complete"], excerpt["omitted"], excerpt["total"]) == (True, False, len(excerpt["items"]))
            rows = [line["row"] for line in excerpt["items"] if line["kind"] == "system"]
            assert rows == ["T1", "T3", "T7", "T17", "T19", "T22"]
            assert await whole(who, path, limit=3) == excerpt["items"]

    async def test_and_it_stands_on_the_page_in_order_of_time(self, market: Market) -> None:
        page = (await market.support.gets(f"{await disagree(market)}/case.html")).ok()
        texts = [text for _, _, text in SPOKEN]
        assert [each for each in [*texts, "Order delivered by the seller", "in the log"] if each not in page] == []
        assert sorted(texts, key=page.index) == texts

    async def test_a_comment_afterwards_appears_and_a_message_does_not(self, market: Market) -> None:
        order = await disputed(market)
        await market.settles()
        path = f"/disputes/{order['dispute_id']}"
        chat = await talks(market, order_number=order["number"])
        await writes(market.buyer, chat, "You still owe me 300", "m-1")
        people = (market.buyer, market.seller, market.support)
        for who in people:
            await comments(who, order["number"], f"Written by {who.name}")
        await market.settles()
        roles = ("buyer", "seller", "support")
        later = [("comment", role, f"Written by {who.name}") for role, who in zip(roles, people, strict=True)]
        assert shown((await market.support.gets(path)).ok()["excerpt"]["items"]) == later
        page = (await market.seller.gets(f"{path}/case.html")).ok()
        assert [text for _, _, text in later if text not in page] == []
        assert "You still owe me 300" not in page

    async def test_comments_of_the_very_moment_are_all_in_the_case_once(self, market: Market) -> None:
        order = await refused(market)
        await market.settles()
        people = [market.buyer, market.seller] * 6
        written = [comments(who, order["number"], f"Comment {n}") for n, who in enumerate(people)]
        disputing = asyncio.create_task(market.buyer.performs(order["number"], "dispute"))
        ids = await asyncio.gather(*written)
        case = (await disputing).ok()["dispute_id"]
        await market.settles()
        found = await whole(market.support, f"/disputes/{case}")
        assert sorted(each["id"] for each in found if each["kind"] == "comment") == sorted(ids)


class TestVeryMuchWasWritten:
    async def test_the_file_has_the_newest_and_the_rest_is_read_page_by_page(self, market: Market) -> None:
        order = await delivered(market)
        await market.settles()
        chat = await talks(market, order_number=order["number"])
        texts = [f"{n}: {'gold ' * 390}" for n in range(120)]
        for n, text in enumerate(texts):
            await writes(market.buyer, chat, text, f"m-{n}")
        (await market.buyer.requests_refund(order["number"])).ok()
        (await market.seller.refuses(order["number"])).ok()
        order = (await market.buyer.performs(order["number"], "dispute")).ok()
        await market.settles()
        published = [
            each for each in await market.events(order["number"], "chat") if each["event"] == "chat.excerpt_attached"
        ]
        assert [(each["body"]["part"], each["body"]["parts"]) for each in published] == [(1, 2), (2, 2)]
        path = f"/disputes/{order['dispute_id']}"
        excerpt = (await market.support.gets(path)).ok()["excerpt"]
        everything = await whole(market.support, path)
        assert [each["text"] for each in everything if each["kind"] == "message"] == texts
        assert (len(excerpt["items"]), excerpt["total"]) == (100, len(everything))
        assert excerpt["items"] == everything[-100:]


class TestTextIsText:
    async def test_html_and_scripts_are_shown_as_they_were_written_and_do_nothing(self, market: Market) -> None:
        order = await refused(market)
        await market.settles()
        chat = await talks(market, order_number=order["number"])
        await writes(market.buyer, chat, EVIL, "m-1")
        await comments(market.seller, order["number"], EVIL)
        order = (await market.buyer.performs(order["number"], "dispute")).ok()
        await market.settles()
        await comments(market.support, order["number"], EVIL)
        await market.settles()
        path = f"/disputes/{order['dispute_id']}"
        for where in (path, f"{path}/excerpt", f"{chat}/messages", f"/orders/{order['number']}/log"):
            answer = await market.buyer.gets(where)
            assert EVIL in str([answer.ok()]).replace("\\'", "'")
            assert answer.headers["content-type"] == "application/json"
        answer = await market.support.gets(f"{path}/case.html")
        page: Any = answer.ok()
        assert "<script" not in page
        assert "<img" not in page
        assert page.count("&lt;script&gt;") == 3
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize("character", ["\u202e", "\u2066", "\u0007", "\u001b", "\u0000", "\uffff"])
    async def test_what_turns_or_controls_what_follows_is_not_even_taken(self, market: Market, character: str) -> None:
        order = await delivered(market)
        await market.settles()
        chat = await talks(market, order_number=order["number"])
        text = f"pay {character}RYM 00.01"
        message = await market.buyer.posts(f"{chat}/messages", {"client_id": "m-1", "text": text})
        comment = await market.buyer.posts(f"/orders/{order['number']}/log", {"text": text})
        assert {message.code, comment.code} == {"validation_failed"}
        assert {message.status, comment.status} == {422}


class TestSomebodyElse:
    async def test_reads_nothing(self, market: Market) -> None:
        order = await disputed(market)
        path = f"/disputes/{order['dispute_id']}/excerpt"
        assert (await market.someone("eve").gets(path)).code == "not_found"
        assert (await market.buyer.gets(f"{path}?cursor=W10")).code == "validation_failed"
