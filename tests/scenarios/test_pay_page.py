"""I pay on the provider's page, in a browser without JavaScript; a page elsewhere can't pay for me (rules 6.2, 6.5)."""

import re
from typing import Any
from urllib.parse import quote

import pytest

from deploy.client.pay_page import PayPage
from tests.scenarios.steps import placed
from tests.support.market import Market


async def begun(market: Market, order: Any, method: str = "card", **details: str) -> PayPage:
    """A browser that was sent to the provider's page."""
    answer = await market.buyer.posts(
        f"/payments/{order['payment_number']}/attempts", {"method": method, "details": details}
    )
    browser = PayPage(market.client, answer.ok()["next"]["redirect_url"])
    assert await browser.opens() == 200
    return browser


async def captures(market: Market, order: Any) -> int:
    """How often money came for the order's payment."""
    query = "select 1 from captures where payment_number = $1"
    return len(await market.sql("payments", query, order["payment_number"]))


class TestIPay:
    async def test_and_the_page_says_paid_when_payments_has_the_money(self, market: Market) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        assert "MYR 100.00" in browser.page
        assert browser.state == "Pending"
        assert await browser.chooses("approve") == 200
        assert browser.state == "Paid"
        await market.settles()
        assert (await market.buyer.sees(order["number"]))["status"] == "waiting_delivery"

    async def test_twice_by_a_double_click_by_going_back_and_by_reloading(self, market: Market) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        before = browser.page
        for _ in range(3):
            browser.page = before
            assert await browser.chooses("approve") == 200
        assert await browser.opens() == 200
        assert browser.state == "Paid"
        assert await captures(market, order) == 1

    async def test_after_a_challenge(self, market: Market) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        assert await browser.chooses("challenge") == 200
        assert "is it you?" in browser.page
        assert await captures(market, order) == 0
        assert await browser.chooses("passed") == 200
        assert browser.state == "Paid"

    @pytest.mark.parametrize(
        ("choice", "reason"), [("failed", "card_declined_unknown"), ("timed_out", "provider_timeout")]
    )
    async def test_unless_the_challenge_fails(self, market: Market, choice: str, reason: str) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        await browser.chooses("challenge")
        await browser.chooses(choice)
        shown = (await market.buyer.gets(f"/payments/{order['payment_number']}")).ok()["attempts"]
        assert [(each["status"], each["reason"]) for each in shown] == [("failed", reason)]

    async def test_unless_the_bank_declines(self, market: Market) -> None:
        browser = await begun(market, await placed(market))
        assert await browser.chooses("decline", reason="insufficient_funds") == 200
        assert browser.state == "Failed: Insufficient funds"
        assert "<form" not in browser.page

    @pytest.mark.parametrize(("choice", "reason"), [("less", "underpaid"), ("foreign", "wrong_currency")])
    async def test_and_what_does_not_fit_waits_for_support(self, market: Market, choice: str, reason: str) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        await browser.chooses(choice)
        query = "select reason from unmatched_items where payment_number = $1"
        found = await market.sql("payments", query, order["payment_number"])
        assert [row["reason"] for row in found] == [reason]

    async def test_twice_on_purpose_and_get_the_second_back(self, market: Market) -> None:
        order = await placed(market)
        await (await begun(market, order)).chooses("twice")
        await market.settles()
        assert await captures(market, order) == 2
        assert (await market.buyer.wallet())["balance"] == 100_00

    async def test_and_the_bank_only_holds_the_money(self, market: Market) -> None:
        browser = await begun(market, await placed(market))
        await browser.chooses("authorise")
        assert browser.state == "Authorised"


class TestMoneyThatComesAfterTheOrderExpired:
    async def test_of_a_boleto_is_credited_to_my_balance(self, market: Market) -> None:
        order = await placed(market, 50_00, "BRL")
        payer = {"name": "Ana Souza", "email": "ana@example.com", "tax_number": "529.982.247-25"}
        browser = await begun(market, order, "boleto", **payer)
        assert re.search(r"<code>9999\d\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}</code>", browser.page)
        await browser.chooses("late")
        assert browser.state == "Pending"
        await market.at("01:00:00")
        assert (await market.buyer.sees(order["number"]))["status"] == "expired"
        assert await captures(market, order) == 0
        await market.at("01:01:00")
        assert (await market.buyer.sees(order["number"]))["status"] == "expired"
        assert (await market.buyer.wallet("BRL"))["balance"] == 50_00


class TestPayNow:
    async def test_shows_a_code_to_scan_and_its_text(self, market: Market) -> None:
        order = await placed(market, 20_00, "SGD")
        browser = await begun(market, order, "paynow")
        assert "<svg" in browser.page
        assert "SG.PAYNOW" in browser.page
        assert "SGD 20.26" in browser.page
        assert await browser.chooses("approve") == 200
        assert browser.state == "Paid"


class TestNobodyPaysForMe:
    async def test_with_a_form_of_another_browser_or_another_attempt(self, market: Market) -> None:
        order = await placed(market)
        mine, eves = await begun(market, order), await begun(market, await placed(market))
        stolen = {**mine.fields(), "choice": "approve"}
        assert await PayPage(market.client, mine.address).sends(stolen) == 403
        assert await eves.sends(stolen) == 403
        mixed = PayPage(market.client, mine.address)
        mixed.cookies = dict(eves.cookies)
        assert await mixed.sends({**eves.fields(), "choice": "approve"}) == 403
        assert await captures(market, order) == 0

    @pytest.mark.parametrize(
        "changes",
        [
            {"token": ""},
            {"token": "0" * 64},
            {"form": "another"},
            {"choice": "free"},
            {"choice": "decline"},
            {"token": "ü"},
        ],
    )
    async def test_with_a_form_that_was_changed(self, market: Market, changes: dict[str, str]) -> None:
        order = await placed(market)
        browser = await begun(market, order)
        assert await browser.sends({**browser.fields(), "choice": "approve", **changes}) == 403
        assert await captures(market, order) == 0

    async def test_in_a_frame_with_a_script_or_from_a_cache(self, market: Market) -> None:
        browser = await begun(market, await placed(market))
        policy = browser.headers["content-security-policy"]
        for rule in ("default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"):
            assert rule in policy
        assert "script" not in policy
        assert (browser.headers["cache-control"], browser.headers["x-frame-options"]) == ("no-store", "DENY")
        assert "<script" not in browser.page


class TestWhatThePageShows:
    async def test_is_text_whatever_people_are_called(self, market: Market) -> None:
        name = '<script>alert("x")</script>'
        seller = market.someone(name)
        listing = await seller.lists()
        order = (await market.buyer.orders(listing))["orders"][0]
        browser = await begun(market, order)
        assert "<script" not in browser.page
        assert "&lt;script&gt;" in browser.page

    async def test_is_expired_from_the_hour_on(self, market: Market) -> None:
        browser = await begun(market, await placed(market))
        await market.at("01:00:00")
        assert await browser.opens() == 200
        assert browser.state.startswith("Expired")
        assert "<form" not in browser.page

    async def test_leads_back_only_to_an_allowed_address(self, market: Market) -> None:
        browser = await begun(market, await placed(market))
        url = market.stack.url
        for address, is_shown in [
            (f"{url}/shop?x=1", True),
            ("https://evil.example/", False),
            (f"{url}.evil.example/", False),
            (f"{url}@evil.example/", False),
            ("javascript:alert(1)", False),
            ("//evil.example", False),
        ]:
            assert await browser.opens(f"?return_to={quote(address, safe='')}") == 200
            assert ("Back to the shop" in browser.page) is is_shown, address

    async def test_of_an_unknown_attempt_is_nothing(self, market: Market) -> None:
        unknown = PayPage(market.client, f"{market.stack.url}/v1/sandbox/payments/018f0000-0000-7000-8000-000000000009")
        assert await unknown.opens() == 404
