"""Every route, every kind of caller, own, other people's and missing objects: generated from the OpenAPI documents.

What each route says in `x-allowed` is what it does, to the code: 401 without a token; `forbidden` where the token lacks
the route's role, and for an assistant where assistants have no business; `not_a_party` for a party on the wrong side
and for support on a party's action; 404 for a stranger and for what is missing; an answer for the others.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from deploy.client.http import Answer
from deploy.client.person import a_listing
from deploy.services import SERVICES
from deploy.stack import Stack
from tests.scenarios.steps import delivered, disputed, placed
from tests.support.documents import operations
from tests.support.market import Actor, Market
from tests.support.plain import plain_client
from tests.support.uploads import uploaded

OPERATIONS = [operation for service in SERVICES for operation in operations(service) if operation.needs_token]
GIVEN = [(each, condition) for service in SERVICES for each in operations(service) for condition in each.given]
SIDES = {"buyer", "seller"}
ROLES = {"support", "operator"}
IN_CHAT = ("conversation_id", "attachment_id", "message_id", "item_id")
OBJECTS = ("number", "payment_number", "dispute_id", *IN_CHAT)
NOWHERE = ("failed_id",)
"""Parameters whose objects the cast does not have: whoever may ask gets 404."""
NAMES_A_STRANGER = ("POST /v1/conversations",)
"""Whose body names somebody who sells nothing: whoever may ask gets 404."""
DECISIONS = [
    each for each in OPERATIONS if each.method != "GET" and "support" in each.allowed and not SIDES & {*each.allowed}
]
"""What only support may do: nobody of support does it about themselves."""
NAMED = {"POST /v1/claims": "payment_number", "POST /v1/adjustments": "user"}
"""What the bodies of decisions name that have nothing in their path: an object of the cast."""
ABOUT_SELLER = ("user", "adjustment_id", "offence_id", "flag_id", "message_id", "item_id")
GUARDED = {"forbidden", "not_a_party", "order_not_found", "not_found", "unauthenticated"}
SUSPENDED = "account_suspended"


@dataclass(frozen=True)
class Cast:
    """Who is there, and the objects that exist."""

    people: dict[str, Actor]
    own: dict[str, str]


@pytest.fixture(scope="module")
async def casts(stack: Stack) -> AsyncIterator[dict[bool, Cast]]:
    """Two orders, one in dispute and one delivered, that all questions are about; only who may ask matters here."""
    async with plain_client() as client:
        made = {}
        for about_case in (False, True):
            market = Market(stack, client)
            await market.starts()
            made[about_case] = await the_cast(market, about_case)
        yield made


class TestWhoMayAskWhat:
    @pytest.mark.parametrize("operation", OPERATIONS, ids=str)
    async def test_each_caller_gets_exactly_what_the_document_says(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[operation.has("dispute_id")]
        found = {name: await ask(actor, operation, cast.own) for name, actor in cast.people.items()}
        expected = {name: expectation(as_sent(operation), name) for name in found}
        nowhere = {"not_found"} if operation.has(*NOWHERE) or str(operation) in NAMES_A_STRANGER else set[str]()
        shown = {name: answer.code if answer.code in GUARDED - nowhere else None for name, answer in found.items()}
        assert shown == expected, {name: answer.body for name, answer in found.items()}
        assert max(answer.status for answer in found.values()) < 500

    @pytest.mark.parametrize(("operation", "condition"), GIVEN, ids=str)
    async def test_a_parameter_is_only_for_those_whom_the_document_names(
        self, casts: dict[bool, Cast], operation: Any, condition: str
    ) -> None:
        name, _, value = condition.partition("=")
        who, sent = operation.given[condition], {name: value or casts[False].own["user"]}
        as_query = f"?{name}={sent[name]}" if operation.method == "GET" else ""
        call = replace(operation, body={**(operation.body or {}), **({} if as_query else sent)})
        for person, actor in casts[False].people.items():
            expected = expectation(replace(operation, allowed=who, given={}), person)
            if person == "assistant" and not {"assistant", "anyone"} & set(operation.allowed):
                expected = "forbidden"
            answer = await ask(actor, call, casts[False].own, as_query)
            nowhere = {"not_found"} if str(operation) in NAMES_A_STRANGER else set[str]()
            assert (answer.code if answer.code in GUARDED - nowhere else None) == expected, (person, answer.body)

    @pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.previews], ids=str)
    async def test_a_preview_shows_the_same_to_everybody_who_sees_the_order(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[False]
        for name, actor in cast.people.items():
            answer = await ask(actor, operation, cast.own, "?preview=true")
            code = expectation(operation, name)
            if name in ("nobody", "stranger", "operator"):
                assert answer.code == ("unauthenticated" if name == "nobody" else "order_not_found"), name
            elif code is not None:
                assert (answer.ok()["allowed"], answer.ok()["code"]) == (False, code), name
            else:
                assert answer.ok()["code"] not in GUARDED, name

    @pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.has(*OBJECTS)], ids=str)
    async def test_what_is_missing_is_404_for_everybody_who_could_see_it(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[operation.has("dispute_id")]
        missing = {**cast.own, "number": "K5657777893", "payment_number": "P0000000001", "dispute_id": str(uuid4())}
        missing |= {name: str(uuid4()) for name in IN_CHAT}
        name = next((each for each in ("buyer", "seller", "support") if each in operation.allowed), "buyer")
        answer = await ask(cast.people[name], operation, missing)
        assert answer.status == 404, answer.body

    @pytest.mark.parametrize("operation", DECISIONS, ids=str)
    async def test_nobody_of_support_decides_about_themselves_and_no_assistant_decides_at_all(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[operation.has("dispute_id")]
        named = NAMED.get(str(operation))
        assert named or operation.has(*cast.own), "tell the cast an object of this route"
        call = replace(operation, body={**operation.body, named: cast.own[named]}) if named else operation
        for side in ("seller",) if named in ABOUT_SELLER or operation.has(*ABOUT_SELLER) else ("buyer", "seller"):
            found = [await ask(actor, call, cast.own) for actor in as_support(cast.people[side])]
            assert [each.code for each in found] == ["not_a_party", "forbidden", "forbidden"], (side, found)

    def test_every_route_says_who_it_is_for(self) -> None:
        silent = [str(each) for service in SERVICES for each in operations(service) if not each.allowed]
        assert silent == []


class TestWhoActsForASeller:
    def test_may_do_what_is_done_for_a_sale_and_nothing_about_money(self) -> None:
        assert {str(each) for each in OPERATIONS if "assistant" in each.allowed} == {
            *("PUT /v1/listings/{listing_id}/stock", "POST /v1/listings/{listing_id}/stock", "GET /v1/orders/summary"),
            *("PUT /v1/listings/{listing_id}", "GET /v1/orders", "GET /v1/orders/{number}"),
            *("GET /v1/orders/{number}/history", "POST /v1/orders/{number}/deliver"),
            *("POST /v1/orders/{number}/refund", "POST /v1/orders/{number}/refund-request/agree"),
            *("POST /v1/orders/{number}/refund-request/refuse", "POST /v1/orders/{number}/review/reply"),
            *("POST /v1/orders/{number}/review/report", "GET /v1/disputes", "GET /v1/disputes/{dispute_id}"),
            *("GET /v1/disputes/{dispute_id}/case.html", "POST /v1/disputes/{dispute_id}/evidence"),
            "GET /v1/disputes/{dispute_id}/excerpt",
            *("POST /v1/conversations", "GET /v1/conversations", "GET /v1/conversations/{conversation_id}"),
            *("GET /v1/conversations/{conversation_id}/messages", "GET /v1/orders/{number}/log"),
            *("POST /v1/conversations/{conversation_id}/messages", "POST /v1/orders/{number}/log"),
            *("POST /v1/attachments", "GET /v1/attachments/{attachment_id}"),
            *("POST /v1/conversations/{conversation_id}/read", "PUT /v1/me/auto-reply", "PUT /v1/me/quick-replies"),
            *("POST /v1/chat/tickets", "DELETE /v1/chat/tickets", "GET /v1/presence"),
        }

    async def test_sees_the_sales_and_not_what_the_seller_buys(self, market: Market) -> None:
        order = await disputed(market)
        helper = market.someone("helper", acts_for=market.buyer.name)
        for path in ("/orders/{number}", "/orders/{number}/history", "/disputes/{dispute_id}"):
            assert (await helper.gets(path.format_map(order))).status == 404
        assert (await helper.gets("/disputes")).ok()["items"] == []
        assert (await helper.gets("/orders?as=buyer")).code == "forbidden"
        seller = market.someone("helper", acts_for=market.seller.name)
        assert [each["number"] for each in (await seller.gets("/orders?as=seller")).ok()["items"]] == [order["number"]]
        assert len((await seller.gets("/disputes")).ok()["items"]) == 1

    async def test_does_nothing_while_one_of_the_two_is_suspended(self, market: Market) -> None:
        order = await disputed(market)
        helper = market.someone("helper", acts_for=market.seller.name)
        evidence = f"/disputes/{order['dispute_id']}/evidence"
        for suspended in (helper, market.seller):
            why = {"reason": "Under investigation"}
            (await market.support.posts(f"/conduct/{suspended.name}/suspend", why)).ok()
            await market.settles()
            path = f"/orders/{order['number']}/refund-request/agree"
            assert (await helper.posts(path)).code == SUSPENDED
            assert (await helper.previews(order["number"], "refund-request/agree"))["code"] == SUSPENDED
            assert {each["code"] for each in (await helper.sees(order["number"]))["actions"]} == {SUSPENDED}
            listing = await helper.puts(f"/listings/l-{uuid4().hex[:12]}", a_listing())
            assert listing.code == SUSPENDED
            accepted = await helper.posts(evidence, {"text": "What the log shows"})
            assert accepted.code == (SUSPENDED if suspended is helper else None)
            (await market.support.posts(f"/conduct/{suspended.name}/reinstate", why)).ok()
        await market.settles()
        assert (await helper.posts(f"/orders/{order['number']}/refund-request/agree")).ok()["status"] == "refunded"


def expectation(operation: Any, name: str) -> str | None:
    """The code that guards the route against this caller; None if the caller is answered, whatever the state says."""
    allowed = set(operation.allowed)
    if name == "nobody":
        return "unauthenticated"
    if name == "assistant":
        return None if name in allowed else "forbidden"
    if name in allowed & ROLES or "user" in allowed or (name == "seller" and "self" in allowed):
        return None
    if not allowed & SIDES:
        return "forbidden"
    if name in allowed:
        return None
    return _of_object(operation, name)


def as_sent(operation: Any) -> Any:
    """The operation, allowed for those who may send what its example body has."""
    sent = {f"{name}={value}" for name, value in (operation.body or {}).items()}
    return next((replace(operation, allowed=who) for given, who in operation.given.items() if given in sent), operation)


def _of_object(operation: Any, name: str) -> str:
    """Why an object that exists is none of theirs."""
    if name == "support" or (name in SIDES and operation.has("number")):
        return "not_a_party"
    return "order_not_found" if operation.has("number") else "not_found"


async def item_of(actor: Actor) -> str:
    """The item of support's queue in which this person waits."""
    waiting = (await actor.market.support.gets("/support/queue?limit=100")).ok()["items"]
    return str(next(each["id"] for each in waiting if each["user"] == actor.name))


async def ask(actor: Actor, operation: Any, objects: dict[str, str], query: str = "") -> Answer:
    """Call the operation as this person, with a body that can be right."""
    path = operation.path.removeprefix("/v1").format_map({**operation.examples, **objects})
    as_seller = "?as=seller" if path == "/orders" and actor.name.startswith("helper") else ""
    return await actor.sends(operation.method, path + (query or as_seller), operation.body)


def as_support(party: Actor) -> tuple[Actor, ...]:
    """A party with the role of support: itself, its assistant, and itself as somebody else's assistant."""
    roles = ("user", "support")
    return (
        Actor(party.market, party.name, roles, {}),
        Actor(party.market, f"assistant-of-{party.name}", roles, {"acts_for": party.name}),
        Actor(party.market, party.name, roles, {"acts_for": f"other-than-{party.name}"}),
    )


async def concerning(market: Market) -> dict[str, str]:
    """What support decides about beside orders and cases: money of the buyer, an offence and a flag of the seller."""
    order = await placed(market)
    attempt = (await market.buyer.attempts(order["payment_number"])).ok()["attempt_id"]
    await market.buyer.captures(attempt, amount={"amount": 90_00, "currency": "MYR"})
    contact = a_listing(description="Write to me: me@example.com")
    assert (await market.seller.puts(f"/listings/{order['listing_id']}", contact)).code == "contact_information"
    report = {"kind": "conduct_report", "text": "They were rude"}
    flag = (await market.buyer.posts(f"/conduct/{market.seller.name}/flags", report)).ok()["id"]
    await market.settles()
    items = (await market.support.gets("/unmatched?limit=100")).ok()["items"]
    (item,) = [each["id"] for each in items if each["payment_number"] == order["payment_number"]]
    (offence,) = (await market.support.gets(f"/conduct/{market.seller.name}")).ok()["offences"]
    return {"unmatched_id": item, "offence_id": offence["id"], "flag_id": flag}


async def the_cast(market: Market, about_case: bool) -> Cast:
    """An order that is delivered or in dispute, its parties, a stranger, an assistant, support and an operator."""
    order = await disputed(market) if about_case else await delivered(market, at="00:00:00.000")
    own = {"number": order["number"], "payment_number": order["payment_number"], "user": market.seller.name}
    opening = {"with": market.seller.name, "as": "buyer", "order_number": order["number"]}
    money = {"amount": 200_00, "currency": "MYR"}
    goodwill = {"kind": "goodwill", "user": market.seller.name, "amount": money, "reason": "We were slow"}
    own["adjustment_id"] = (await market.support.posts("/adjustments", goodwill)).ok()["id"]
    own["conversation_id"] = (await market.buyer.posts("/conversations", opening)).ok()["id"]
    own["attachment_id"] = await uploaded(market.seller, order_number=order["number"])
    (await market.seller.posts(f"/orders/{order['number']}/log", {"attachments": [own["attachment_id"]]})).ok()
    own["message_id"] = (await market.seller.posts("/support/messages", {"text": "Where is my money?"})).ok()["id"]
    own["item_id"] = await item_of(market.seller)
    own |= {"dispute_id": order["dispute_id"]} if about_case else await concerning(market)
    people = {
        "nobody": market.nobody,
        "stranger": market.someone("eve"),
        "buyer": market.buyer,
        "seller": market.seller,
        "assistant": market.someone("helper", acts_for=market.seller.name),
        "support": market.support,
        "operator": market.someone("op", "operator"),
    }
    return Cast(people, own)
