"""A seller writes how to be reached outside: refused and warned, then suspended, until support says otherwise."""

from typing import Any

from deploy.client.http import Answer
from deploy.client.person import a_listing
from tests.scenarios.steps import paid
from tests.support.market import Actor, Market

PHONE, MAIL, MESSENGER = "Call 012-345 6789 first", "Or write to goldking (at) gmail (dot) com", "Telegram: @goldking"


class TestTheFirstOffence:
    async def test_a_phone_number_is_refused_and_warned_of(self, market: Market) -> None:
        refused = await writes(market, market.seller, "first", PHONE)
        assert (refused.status, refused.code) == (422, "contact_information")
        assert refused.body["current"]["kinds"] == ["phone"]
        assert (await market.seller.gets(f"/listings/{own(market, 'first')}")).code == "listing_not_found"
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"], found["frozen"]) == ("warned", 1, False)
        assert [(each["source"], each["kinds"]) for each in found["offences"]] == [("listing", ["phone"])]

    async def test_scenario_65_the_seller_is_warned_once_and_orders_go_on(self, market: Market) -> None:
        order = await paid(market)
        assert (await writes(market, market.seller, "first", PHONE)).code == "contact_information"
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"]) == ("warned", 1)
        (shown,) = await market.events(market.seller.name, "disputes")
        assert (shown["event"], shown["body"]["offences"]) == ("account.warned", 1)
        (await market.seller.delivers(order["number"])).ok()
        (await market.buyer.confirms(order["number"])).ok()
        assert (await market.seller.wallet())["available"] == 94_60

    async def test_a_warned_seller_goes_on_selling(self, market: Market) -> None:
        await writes(market, market.seller, "first", PHONE)
        (await writes(market, market.seller, "first", "Traded in game.")).ok()
        assert (await market.nobody.gets(f"/listings/{own(market, 'first')}")).ok()["state"] == "live"

    async def test_what_is_live_stays_as_it_was(self, market: Market) -> None:
        (await writes(market, market.seller, "first", "Traded in game.")).ok()
        await writes(market, market.seller, "first", PHONE)
        seen = (await market.nobody.gets(f"/listings/{own(market, 'first')}")).ok()
        assert seen["description"] == "Traded in game."

    async def test_the_same_text_again_counts_once(self, market: Market) -> None:
        answers = [await writes(market, market.seller, "first", PHONE) for _ in range(3)]
        assert [answer.code for answer in answers] == ["contact_information"] * 3
        assert (await conduct(market))["counted_offences"] == 1
        assert await market.published(own(market, "first")) == []

    async def test_a_draft_and_a_title_count_too(self, market: Market) -> None:
        refused = await writes(market, market.seller, "first", "Traded in game.", title="tg @goldking", state="draft")
        assert (refused.code, refused.body["current"]["kinds"]) == ("contact_information", ["handle"])

    async def test_an_innocent_listing_is_no_offence(self, market: Market) -> None:
        (await writes(market, market.seller, "first", "1,000,000 gold in 2 hours, K/D 1.5, patch 1.20.4")).ok()
        assert (await conduct(market))["standing"] == "active"


class TestTheSecondOffence:
    async def test_suspends_at_once_and_hides_everything(self, market: Market) -> None:
        listing_id = await suspended(market)
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"], found["frozen"]) == ("suspended", 2, True)
        assert (await market.nobody.gets(f"/listings/{listing_id}")).code == "listing_not_found"
        assert (await market.nobody.gets(f"/listings?seller={market.seller.name}")).ok()["items"] == []
        lines = {"lines": [{"listing_id": listing_id, "quantity": 1}]}
        assert (await market.buyer.posts("/checkouts", lines)).status >= 400

    async def test_the_seller_can_do_nothing(self, market: Market) -> None:
        await suspended(market)
        theirs = await market.buyer.lists()
        answers = [
            await writes(market, market.seller, "other", "Traded in game."),
            await market.seller.puts("/store", {"open": False}),
            await market.seller.posts("/checkouts", {"lines": [{"listing_id": theirs, "quantity": 1}]}),
        ]
        assert [(answer.status, answer.code) for answer in answers] == [(403, "account_suspended")] * 3

    async def test_reinstated_everything_works_again(self, market: Market) -> None:
        listing_id = await suspended(market)
        await support_decides(market, "reinstate")
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"], found["frozen"]) == ("warned", 2, False)
        assert (await market.nobody.gets(f"/listings/{listing_id}")).ok()["state"] == "live"
        (await writes(market, market.seller, "other", "Traded in game.")).ok()
        assert (await market.buyer.orders(listing_id))["orders"][0]["status"] == "waiting_payment"

    async def test_one_more_offence_suspends_again(self, market: Market) -> None:
        await suspended(market)
        await support_decides(market, "reinstate")
        await writes(market, market.seller, "third", MESSENGER)
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"]) == ("suspended", 3)


class TestSupportFindsThatItWasNone:
    async def test_an_annulled_offence_never_counts_again(self, market: Market) -> None:
        await writes(market, market.seller, "first", PHONE)
        offence = (await conduct(market))["offences"][0]
        await support_decides(market, f"offences/{offence['id']}/annul")
        await writes(market, market.seller, "first", PHONE)
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"]) == ("active", 0)
        assert [each["annulled"] for each in found["offences"]] == [True]

    async def test_annulling_lifts_no_suspension(self, market: Market) -> None:
        await suspended(market)
        offence = (await conduct(market))["offences"][0]
        await support_decides(market, f"offences/{offence['id']}/annul")
        found = await conduct(market)
        assert (found["standing"], found["counted_offences"]) == ("suspended", 1)


def own(market: Market, name: str) -> str:
    """The id of this test's seller's listing."""
    return f"{market.seller.name}-{name}"


async def writes(market: Market, actor: Actor, name: str, description: str, **changes: str) -> Answer:
    """Somebody writes a listing; what follows from it has happened when this returns."""
    body = {**a_listing(description=description), **changes}
    answer = await actor.puts(f"/listings/{own(market, name)}", body)
    await market.settles()
    return answer


async def suspended(market: Market) -> str:
    """A seller with one live listing, suspended by two offences; answers the listing's id."""
    listing_id = await market.seller.lists()
    for name, text in (("first", PHONE), ("second", MAIL)):
        assert (await writes(market, market.seller, name, text)).code == "contact_information"
    return listing_id


async def conduct(market: Market) -> Any:
    """The status of the seller's account, as support sees it."""
    return (await market.support.gets(f"/conduct/{market.seller.name}")).ok()


async def support_decides(market: Market, what: str) -> None:
    """Support decides something about the seller, for a reason; all services have consumed it when this returns."""
    (await market.support.posts(f"/conduct/{market.seller.name}/{what}", {"reason": "Talked it over"})).ok()
    await market.settles()
