"""ETag, If-Match, If-None-Match and HEAD through the gateway: changes bound to what was read, reads that are spared."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from deploy.client.person import a_listing
from tests.scenarios.steps import disputed, paid
from tests.support.market import Actor, Market


async def sends(who: Actor, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
    """One request with headers of one's own; `if_match` is If-Match."""
    given = {name.replace("_", "-").title(): value for name, value in headers.items()}
    keyed = {"Idempotency-Key": str(uuid4()), **who.headers, **given}
    return await who.market.client.request(method, f"{who.market.stack.url}/v1{path}", json=body, headers=keyed)


async def tag(who: Actor, path: str) -> str:
    """The ETag of what this person is shown there."""
    return str((await sends(who, "GET", path)).headers["etag"])


def code(answer: httpx2.Response) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]


CONFLICT = (412, "version_conflict")


class TestAListing:
    async def test_an_edit_that_read_an_older_stock_sells_nothing_twice(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=5)
        path = f"/listings/{listing_id}"
        read = await tag(market.seller, path)
        await market.buyer.orders(listing_id, quantity=3)
        edit = a_listing(stock=5, description="Traded at once.")
        assert code(await sends(market.seller, "PUT", path, edit, if_match=read)) == CONFLICT
        del edit["stock"]
        now = await tag(market.seller, path)
        changed = await sends(market.seller, "PUT", path, edit, if_match=f'"other", {now}')
        assert (changed.json()["stock"], changed.json()["description"]) == (2, "Traded at once.")
        assert changed.headers["etag"] == await tag(market.nobody, path) != now
        assert code(await sends(market.seller, "PUT", path, edit, if_match=f"W/{changed.headers['etag']}")) == CONFLICT
        assert (await sends(market.seller, "PUT", path, edit, if_match="*")).status_code == 200

    async def test_stock_has_an_absolute_and_a_relative_change_of_its_own(self, market: Market) -> None:
        listing_id = await market.seller.lists(stock=5)
        path, stock = f"/listings/{listing_id}", f"/listings/{listing_id}/stock"
        read = await tag(market.seller, path)
        await market.buyer.orders(listing_id, quantity=3)
        assert code(await sends(market.seller, "PUT", stock, {"stock": 9}, if_match=read)) == CONFLICT
        more = await sends(market.seller, "POST", stock, {"change": 4}, if_match=await tag(market.seller, path))
        assert (more.json()["stock"], more.json()["version"]) == (6, 2)
        short = await market.seller.posts(stock, {"change": -7})
        assert (short.status, short.code, short.body["current"]["stock"]) == (409, "stock_exhausted", 6)
        assert (await market.seller.posts(stock, {"change": -6})).ok()["stock"] == 0
        assert (await market.seller.puts(stock, {"stock": 9})).ok()["stock"] == 9
        assert (await market.seller.posts(stock, {"change": 1_000_000})).code == "validation_failed"
        published = [each["body"]["stock"] for each in await market.events(listing_id)]
        assert published == [5, 6, 0, 9]

    async def test_stock_belongs_to_the_listings_seller(self, market: Market) -> None:
        path = f"/listings/{await market.seller.lists()}/stock"
        assert (await market.buyer.puts(path, {"stock": 0})).code == "listing_not_found"
        assert (await market.buyer.posts("/listings/nowhere/stock", {"change": 1})).code == "listing_not_found"

    async def test_a_new_listing_needs_a_stock_and_can_require_to_be_new(self, market: Market) -> None:
        path, offer = f"/listings/new-{uuid4().hex[:12]}", a_listing(stock=1)
        without = {name: value for name, value in offer.items() if name != "stock"}
        answer = await market.seller.puts(path, without)
        assert (answer.code, answer.body["errors"][0]["pointer"]) == ("validation_failed", "/body/stock")
        assert code(await sends(market.seller, "PUT", path, offer, if_match="*")) == CONFLICT
        assert (await sends(market.seller, "PUT", path, offer, if_none_match="*")).status_code == 200
        assert code(await sends(market.seller, "PUT", path, offer, if_none_match="*")) == CONFLICT
        assert code(await sends(market.buyer, "PUT", path, offer, if_match="*")) == (409, "listing_id_taken")

    async def test_the_tag_changes_with_the_store(self, market: Market) -> None:
        path = f"/listings/{await market.seller.lists()}"
        before, store = await tag(market.nobody, path), await tag(market.seller, "/store")
        closed = await sends(market.seller, "PUT", "/store", {"open": False}, if_match=store)
        assert closed.headers["etag"] == await tag(market.seller, "/store") != store
        assert await tag(market.nobody, path) != before
        assert code(await sends(market.seller, "PUT", "/store", {"open": True}, if_match=store)) == CONFLICT
        assert (await market.seller.gets("/store")).ok() == {"seller": market.seller.name, "open": False}


class TestAnOrder:
    async def test_an_action_can_be_bound_to_what_was_read(self, market: Market) -> None:
        number = (await paid(market))["number"]
        path = f"/orders/{number}"
        read, own = await tag(market.buyer, path), await tag(market.seller, path)
        assert code(await sends(market.seller, "POST", f"{path}/deliver", if_match=read)) == CONFLICT
        assert code(await sends(market.seller, "POST", f"{path}/deliver?preview=true", if_match=read)) == CONFLICT
        assert (await sends(market.seller, "POST", f"{path}/deliver?preview=true", if_match=own)).json()["allowed"]
        done = await sends(market.seller, "POST", f"{path}/deliver", if_match=own)
        assert (done.status_code, done.headers["etag"]) == (200, await tag(market.seller, path))
        assert code(await sends(market.buyer, "POST", f"{path}/confirm", if_match=read)) == CONFLICT
        stranger = market.someone("stranger")
        assert code(await sends(stranger, "POST", f"{path}/confirm", if_match=read)) == (404, "order_not_found")
        assert code(await sends(market.seller, "POST", f"{path}/confirm", if_match=read)) == (403, "not_a_party")
        assert (await sends(market.buyer, "POST", f"{path}/confirm", if_match="*")).status_code == 200

    async def test_the_tag_changes_with_the_review(self, market: Market) -> None:
        number = (await paid(market))["number"]
        (await market.seller.delivers(number)).ok()
        (await market.buyer.confirms(number)).ok()
        path, review = f"/orders/{number}", {"rating": 5, "text": "Quick"}
        read, own = await tag(market.buyer, path), await tag(market.seller, path)
        done = await sends(market.buyer, "POST", f"{path}/review", review, if_match=read)
        assert done.headers["etag"] == await tag(market.buyer, path) != read
        assert await tag(market.seller, path) != own
        reply = {"rating": 4, "text": "Thanks"}
        assert code(await sends(market.seller, "POST", f"{path}/review/reply", reply, if_match=own)) == CONFLICT

    async def test_a_conflict_is_not_kept_under_the_key(self, market: Market) -> None:
        number = (await paid(market))["number"]
        path, key = f"/orders/{number}", {"idempotency_key": uuid4().hex}
        own = await tag(market.seller, path)
        assert code(await sends(market.seller, "POST", f"{path}/deliver", if_match='"old"', **key)) == CONFLICT
        done = await sends(market.seller, "POST", f"{path}/deliver", if_match=own, **key)
        assert done.status_code == 200
        again = await sends(market.seller, "POST", f"{path}/deliver", if_match=own, **key)
        assert (again.content, again.headers["idempotency-replayed"]) == (done.content, "true")


class TestEveryOtherThing:
    @pytest.mark.parametrize("where", ["payment", "case", "account"])
    async def test_its_commands_are_bound_to_what_was_read(self, market: Market, where: str) -> None:
        support = market.support
        who, path, command, body = await THINGS[where](market, support)
        read = await tag(who, path)
        assert code(await sends(who, "POST", f"{path}{command}", body, if_match='"old"')) == CONFLICT
        assert (await sends(who, "POST", f"{path}{command}", body, if_match=read)).status_code < 300
        assert code(await sends(who, "POST", f"{path}{command}", body, if_match=read)) == CONFLICT

    async def test_what_cannot_be_read_by_itself_matches_nothing(self, market: Market) -> None:
        line = {"lines": [{"listing_id": await market.seller.lists(), "quantity": 1}]}
        assert code(await sends(market.buyer, "POST", "/checkouts", line, if_match="*")) == CONFLICT
        assert (await market.buyer.gets("/orders")).ok()["items"] == []


class TestReads:
    async def test_what_i_have_is_not_sent_again_and_head_sends_nothing(self, market: Market) -> None:
        number = (await paid(market))["number"]
        paths = ("/listings", f"/orders/{number}", f"/orders/{number}/history", "/balance", "/payment-methods")
        for path in (*paths, f"/ledger/{number}", "/disputes", f"/sellers/{market.seller.name}"):
            whole = await sends(market.buyer, "GET", path)
            spared = await sends(market.buyer, "GET", path, if_none_match=f'"x", W/{whole.headers["etag"]}')
            assert (spared.status_code, spared.content) == (304, b"")
            assert spared.headers["etag"] == whole.headers["etag"]
            head = await sends(market.buyer, "HEAD", path)
            assert (head.status_code, head.content) == (200, b"")
            names = ("etag", "content-length", "content-type")
            assert [head.headers[name] for name in names] == [whole.headers[name] for name in names]
        assert (await sends(market.someone("stranger"), "HEAD", f"/orders/{number}")).status_code == 404
        assert (await sends(market.buyer, "HEAD", "/checkouts")).status_code == 405


Wanted = tuple[Actor, str, str, Mapping[str, Any]]


async def a_payment(market: Market, _support: Actor) -> Wanted:
    """The buyer opens attempts at a payment."""
    payment = (await market.buyer.orders(await market.seller.lists()))["payment_number"]
    return market.buyer, f"/payments/{payment}", "/attempts", {"method": "card", "details": {}}


async def a_case(market: Market, support: Actor) -> Wanted:
    """Support adds to a case."""
    number = (await disputed(market))["number"]
    case = (await support.gets(f"/disputes?order={number}")).ok()["items"][0]
    return support, f"/disputes/{case['id']}", "/evidence", {"text": "The log was read"}


async def an_account(market: Market, support: Actor) -> Wanted:
    """Support suspends somebody, again and again."""
    return support, f"/conduct/{market.seller.name}", "/suspend", {"reason": "Looked into"}


THINGS = {"payment": a_payment, "case": a_case, "account": an_account}
