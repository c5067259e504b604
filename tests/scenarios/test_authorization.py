"""Every route, every kind of caller, own, other people's and missing objects: generated from the OpenAPI documents.

What each route says in `x-allowed` is what it does: 401 without a token, 404 for a stranger and for what is missing,
403 for a party on the wrong side and for everybody on a route of support or operators, and an answer for the others.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.services import SERVICES
from deploy.local.stack import Stack
from tests.scenarios.steps import delivered, disputed, placed
from tests.support.documents import operations
from tests.support.market import Actor, Answer, Market, a_listing
from tests.support.plain import plain_client

OPERATIONS = [operation for service in SERVICES for operation in operations(service) if operation.needs_token]
SIDES = {"buyer", "seller"}
GUARDED = {"not_a_party", "forbidden", "order_not_found", "not_found", "unauthenticated", "listing_not_found"}
OBJECTS = ("number", "payment_number", "dispute_id")
NOWHERE = ("kept_id",)
"""Parameters whose objects the cast does not have: whoever may ask is told that there is nothing."""
DECISIONS = [
    each for each in OPERATIONS if each.method != "GET" and "support" in each.allowed and not SIDES & {*each.allowed}
]
"""What only support may do: nobody of support does it about themselves."""
ABOUT_SELLER = ("user", "offence_id", "flag_id")


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
    async def test_each_caller_gets_what_the_document_says(self, casts: dict[bool, Cast], operation: Any) -> None:
        cast = casts[operation.has("dispute_id")]
        for name, actor in cast.people.items():
            answer = await ask(actor, operation, cast.own)
            assert answer.status < 500, answer.body
            assert_expected(operation, name, answer)

    @pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.has(*OBJECTS)], ids=str)
    async def test_what_is_missing_is_404_for_everybody_who_could_see_it(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[operation.has("dispute_id")]
        missing = {**cast.own, "number": "K5657777893", "payment_number": "P0000000001", "dispute_id": str(uuid4())}
        name = next((each for each in ("buyer", "seller", "support") if each in operation.allowed), "buyer")
        answer = await ask(cast.people[name], operation, missing)
        assert answer.status == 404, answer.body

    @pytest.mark.parametrize("operation", DECISIONS, ids=str)
    async def test_nobody_of_support_decides_about_themselves_or_as_an_assistant_about_their_seller(
        self, casts: dict[bool, Cast], operation: Any
    ) -> None:
        cast = casts[operation.has("dispute_id")]
        assert operation.has(*cast.own), "tell the cast an object of this route"
        for side in ("seller",) if operation.has(*ABOUT_SELLER) else ("buyer", "seller"):
            for actor in as_support(cast.people[side]):
                answer = await ask(actor, operation, cast.own)
                assert (answer.status, answer.code) == (403, "not_a_party"), (side, answer.body)

    def test_every_route_says_who_it_is_for(self) -> None:
        silent = [str(each) for service in SERVICES for each in operations(service) if not each.allowed]
        assert silent == []


def assert_expected(operation: Any, name: str, answer: Answer) -> None:
    """Compare one caller's answer with the document."""
    allowed = set(operation.allowed)
    if name == "nobody":
        assert (answer.status, answer.code) == (401, "unauthenticated")
    elif name in allowed or "user" in allowed or "anyone" in allowed:
        nothing = answer.code == "not_found" and operation.has(*NOWHERE)
        assert nothing or answer.code not in GUARDED or name not in allowed, (name, answer.body)
    elif allowed & {"support", "operator"} and not allowed & SIDES:
        assert answer.status == 403, (name, answer.body)
    elif name in SIDES and not operation.has("payment_number"):
        assert (answer.status, answer.code) == (403, "not_a_party"), (name, answer.body)
    else:
        assert answer.status == 404 or name == "support", (name, answer.body)
        assert answer.code in GUARDED, (name, answer.body)


async def ask(actor: Actor, operation: Any, objects: dict[str, str]) -> Answer:
    """Call the operation as this person, with a body that can be right."""
    path = operation.path.removeprefix("/v1").format_map({**operation.examples, **objects})
    return await actor.asks(operation.method, path, operation.body)


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
    """An order that is delivered or in dispute, its parties, a stranger, support and an operator."""
    order = await disputed(market) if about_case else await delivered(market, at="00:00:00.000")
    own = {"number": order["number"], "payment_number": order["payment_number"], "user": market.seller.name}
    own |= {"dispute_id": order["dispute_id"]} if about_case else await concerning(market)
    people = {
        "nobody": market.nobody,
        "stranger": market.someone("eve"),
        "buyer": market.buyer,
        "seller": market.seller,
        "support": market.support,
        "operator": market.someone("op", "operator"),
    }
    return Cast(people, own)
