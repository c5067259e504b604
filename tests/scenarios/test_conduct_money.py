"""My account was suspended: what I can't do any more, where my money is, and how it comes back."""

from typing import Any

import pytest

from deploy.client.http import Answer
from deploy.client.person import a_listing
from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Actor, Market
from tests.support.proof import what_does_not_hold


async def one_by_one(user: Actor) -> list[Any]:
    """The statement read with limit=1 to its end: entries with two movements of one user are cut in between."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = (await user.gets(f"/balance/entries?limit=1{cursor and f'&cursor={cursor}'}")).ok()
        found += page["items"]
        cursor = page["next_cursor"]
    return found


class TestASellerWhoOffendedTwice:
    async def test_two_listings_with_contact_data_freeze_both_balances(self, market: Market) -> None:
        seller = market.seller
        await sells(market, 100_00)
        await is_refunded(market, seller, 30_00)
        for text, status in (
            ("Write to dawn.trader@example.com", "warned"),
            ("whatsapp +60 12-345 6789", "suspended"),
        ):
            body = a_listing(title="Sword of Dusk", description=text)
            refused = await seller.puts(f"/listings/dusk-{status}-{seller.name}", body)
            assert (refused.status, refused.code) == (422, "contact_information")
            await market.settles()
            assert (await seller.gets(f"/conduct/{seller.name}")).ok()["standing"] == status
        assert await wallet(seller) == (0, 0, 30_00, 94_60)
        (await reinstated(market, seller)).ok()
        assert await wallet(seller) == (30_00, 94_60, 0, 0)
        assert await what_does_not_hold(market) == {}

    async def test_both_balances_are_frozen_and_later_come_back_each_in_its_place(self, market: Market) -> None:
        seller = market.seller
        await sells(market, 100_00)
        await is_refunded(market, seller, 30_00)
        assert await wallet(seller) == (30_00, 94_60, 0, 0)
        await suspended(market, seller, freeze=True)
        assert await wallet(seller) == (0, 0, 30_00, 94_60)
        assert await what_does_not_hold(market) == {}
        (await reinstated(market, seller)).ok()
        assert await wallet(seller) == (30_00, 94_60, 0, 0)
        assert await what_does_not_hold(market) == {}

    async def test_what_is_earned_and_refunded_later_lands_frozen(self, market: Market) -> None:
        seller = market.seller
        sale = await delivered(market)
        other = market.someone("other")
        bought = await paid_by(seller, other, 40_00)
        await suspended(market, seller, freeze=True)
        await market.at("82:00:00")
        assert await market.buyer.status(sale["number"]) == "completed"
        assert await seller.status(bought["number"]) == "refunded"
        assert await wallet(seller) == (0, 0, 40_00, 94_60)
        assert await what_does_not_hold(market) == {}
        (await reinstated(market, seller)).ok()
        assert await wallet(seller) == (40_00, 94_60, 0, 0)
        assert await what_does_not_hold(market) == {}

    async def test_the_statement_names_the_freeze_and_the_release(self, market: Market) -> None:
        await sells(market, 100_00)
        await suspended(market, market.seller, freeze=True)
        (await reinstated(market, market.seller)).ok()
        items = (await market.seller.gets("/balance/entries")).ok()["items"]
        shown = [(each["story"], each["account"], each["amount"]["amount"]) for each in items]
        assert sorted(shown[:2]) == [("release", "frozen_available", -94_60), ("release", "seller_available", 94_60)]
        assert sorted(shown[2:4]) == [("freeze", "frozen_available", 94_60), ("freeze", "seller_available", -94_60)]
        assert shown[4] == ("settlement", "seller_available", 94_60)
        assert await one_by_one(market.seller) == items
        published = await market.events(market.seller.name, "payments")
        assert [(each["event"], each["body"]["available"]) for each in published] == [
            ("balance.frozen", 94_60),
            ("balance.released", 94_60),
        ]

    async def test_the_clock_still_refunds_the_buyer_of_a_suspended_seller(self, market: Market) -> None:
        order = await paid(market)
        await suspended(market, market.seller, freeze=True)
        assert (await market.seller.delivers(order["number"])).code == "account_suspended"
        await market.at("72:00:00")
        assert (await market.buyer.wallet())["balance"] == 100_00
        assert await what_does_not_hold(market) == {}


class TestWithoutAFreeze:
    async def test_the_money_stays_where_it_is_until_a_freeze_follows(self, market: Market) -> None:
        await sells(market, 100_00)
        await suspended(market, market.seller, freeze=False)
        assert await wallet(market.seller) == (0, 94_60, 0, 0)
        await suspended(market, market.seller, freeze=True)
        assert await wallet(market.seller) == (0, 0, 0, 94_60)
        await suspended(market, market.seller, freeze=False)
        assert await wallet(market.seller) == (0, 0, 0, 94_60)
        (await reinstated(market, market.seller)).ok()
        assert await wallet(market.seller) == (0, 94_60, 0, 0)
        assert await what_does_not_hold(market) == {}


class TestASuspendedBuyer:
    async def test_opens_no_attempt_and_pays_from_no_balance(self, market: Market) -> None:
        order = await placed(market, 30_00)
        await is_refunded(market, market.buyer, 30_00)
        await suspended(market, market.buyer, freeze=False)
        for answer in (
            await market.buyer.attempts(order["payment_number"]),
            await market.buyer.pays_from_balance(order["payment_number"]),
        ):
            assert (answer.status, answer.code) == (403, "account_suspended")
        assert (await market.seller.attempts(order["payment_number"])).code == "not_found"
        assert await wallet(market.buyer) == (30_00, 0, 0, 0)
        (await reinstated(market, market.buyer)).ok()
        (await market.buyer.pays_from_balance(order["payment_number"])).ok()
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        assert await what_does_not_hold(market) == {}

    @pytest.mark.parametrize(("freeze", "expected"), [(True, (0, 0, 100_00, 0)), (False, (100_00, 0, 0, 0))])
    async def test_money_that_was_on_its_way_pays_nothing_and_is_kept(
        self, market: Market, freeze: bool, expected: tuple[int, ...]
    ) -> None:
        order = await placed(market)
        attempt = (await market.buyer.attempts(order["payment_number"])).ok()
        await suspended(market, market.buyer, freeze=freeze)
        await market.buyer.captures(attempt["attempt_id"])
        assert await wallet(market.buyer) == expected
        published = await market.events(order["payment_number"], "payments")
        assert [each["body"]["reason"] for each in published if each["event"] == "payment.credited"] == ["refused"]
        assert await what_does_not_hold(market) == {}


class TestToTheMinorUnit:
    """A split of 40 % to the buyer, and a part of 30 % agreed by the seller, in currencies of 0, 2 and 3 decimals."""

    @pytest.mark.parametrize(
        ("currency", "amount", "part", "net"),
        [
            ("MYR", 100_00, 30_00, 66_22),
            ("KRW", 33_000, 9_900, 21_853),
            ("KWD", 100_000, 30_000, 66_220),
            ("KWD", 1, 1, 0),
            ("KRW", 11, 4, 7),
        ],
    )
    async def test_scenario_56_a_part(self, market: Market, currency: str, amount: int, part: int, net: int) -> None:
        order = await delivered(market, amount=amount, currency=currency)
        (await market.buyer.requests_refund(order["number"], part, currency)).ok()
        (await market.seller.agrees(order["number"])).ok()
        assert (await market.buyer.wallet(currency))["balance"] == part
        assert (await market.seller.wallet(currency))["available"] == net
        await self.nothing_is_left(market, order)

    @pytest.mark.parametrize(
        ("currency", "amount", "part", "net"),
        [
            ("MYR", 100_00, 40_00, 56_76),
            ("KRW", 33_000, 13_200, 18_731),
            ("KWD", 100_000, 40_000, 56_760),
            ("KWD", 10_01, 4_00, 569),
        ],
    )
    async def test_scenario_53_a_split(self, market: Market, currency: str, amount: int, part: int, net: int) -> None:
        order = await delivered(market, amount=amount, currency=currency)
        (await market.buyer.requests_refund(order["number"])).ok()
        (await market.seller.refuses(order["number"])).ok()
        (await market.buyer.performs(order["number"], "dispute")).ok()
        case = (await market.buyer.sees(order["number"]))["dispute_id"]
        ruling = {
            "outcome": "split",
            "buyer_amount": {"amount": part, "currency": currency},
            "reason": "half of it came",
        }
        (await market.support.posts(f"/disputes/{case}/decision", ruling)).ok()
        await market.settles()
        assert (await market.buyer.wallet(currency))["balance"] == part
        assert (await market.seller.wallet(currency))["available"] == net
        await self.nothing_is_left(market, order)

    async def nothing_is_left(self, market: Market, order: Any) -> None:
        shown = await market.buyer.ledger(order["number"])
        proof = {name: each["amount"] for name, each in shown["proof"].items() if isinstance(each, dict)}
        assert proof["paid"] == sum(proof[name] for name in ("refunded", "net", "fee", "tax"))
        assert (proof["in_escrow"], shown["proof"]["holds"]) == (0, True)
        assert await what_does_not_hold(market) == {}


async def wallet(actor: Actor) -> tuple[int, ...]:
    found = await actor.wallet()
    return tuple(found[name] for name in ("balance", "available", "frozen_balance", "frozen_available"))


async def suspended(market: Market, actor: Actor, *, freeze: bool) -> None:
    body = {"freeze": freeze, "reason": "contact information in a listing, twice"}
    (await market.support.posts(f"/conduct/{actor.name}/suspend", body)).ok()
    await market.settles()


async def reinstated(market: Market, actor: Actor) -> Answer:
    answer = await market.support.posts(f"/conduct/{actor.name}/reinstate", {"reason": "it will not happen again"})
    await market.settles()
    return answer


async def sells(market: Market, amount: int) -> None:
    """The seller has earned what one order of this amount brings."""
    order = await delivered(market, amount=amount)
    (await market.buyer.confirms(order["number"])).ok()


async def paid_by(buyer: Actor, seller: Actor, amount: int) -> Any:
    """Somebody bought from somebody and paid."""
    checkout = await buyer.orders(await seller.lists(amount))
    await buyer.pays(checkout["payment_number"])
    return checkout["orders"][0]


async def is_refunded(market: Market, buyer: Actor, amount: int) -> None:
    """Somebody has this amount in the balance because a seller could not deliver."""
    seller = market.someone("out-of-stock")
    order = await paid_by(buyer, seller, amount)
    (await seller.gives_back(order["number"])).ok()
