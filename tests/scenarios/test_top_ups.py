"""I have a gift card: its PIN puts money into my balance."""

import os
import subprocess
import sys
from datetime import timedelta
from typing import Any

import pytest

from deploy.local.layout import ROOT
from shared.clock import written
from tests.scenarios.steps import placed
from tests.support.market import Market


async def card(market: Market, amount: int = 50_00, currency: str = "MYR", **of: Any) -> str:
    """The PIN of a new gift card."""
    body = {"amount": {"amount": amount, "currency": currency}, **of}
    return str((await market.nobody.posts("/sandbox/gift-cards", body)).ok()["pin"])


class TestMyGiftCard:
    async def test_is_in_my_balance_and_pays_an_order(self, market: Market) -> None:
        pin = await card(market, 100_00)
        topped_up = (await market.buyer.posts("/top-ups", {"pin": f" {pin.lower()} "})).ok()
        assert topped_up["amount"] == {"amount": 100_00, "currency": "MYR"}
        assert (await market.buyer.wallet())["balance"] == 100_00
        (line,) = (await market.buyer.gets("/balance/entries")).ok()["items"]
        assert (line["story"], line["reference"]) == ("top_up", f"top_up:{topped_up['id']}")
        order = await placed(market)
        (await market.buyer.pays_from_balance(order["payment_number"])).ok()
        await market.settles()
        assert await market.buyer.status(order["number"]) == "waiting_delivery"

    async def test_is_used_up(self, market: Market) -> None:
        pin = await card(market)
        (await market.buyer.posts("/top-ups", {"pin": pin})).ok()
        for user in (market.buyer, market.seller):
            refused = await user.posts("/top-ups", {"pin": pin})
            assert (refused.status, refused.code) == (422, "gift_card_refused")
        assert (await market.seller.wallet())["balance"] == 0

    async def test_expires_two_years_after_it_was_bought(self, market: Market) -> None:
        for days, code in ((729, None), (732, "gift_card_refused")):
            pin = await card(market, bought_at=written(market.t0 - timedelta(days=days)))
            assert (await market.buyer.posts("/top-ups", {"pin": pin})).code == code

    async def test_in_another_currency_than_my_wallet_is_refused_alike(self, market: Market) -> None:
        (await market.buyer.posts("/top-ups", {"pin": await card(market)})).ok()
        answers = [
            await market.buyer.posts("/top-ups", {"pin": pin})
            for pin in (await card(market, currency="EUR"), "0000-0000-0000-0000-0000", "")
        ]
        shown = [{name: each.body[name] for name in ("status", "code", "detail", "title")} for each in answers]
        assert shown == [shown[0]] * 3
        assert all("current" not in each.body for each in answers)

    async def test_can_not_be_guessed(self, market: Market) -> None:
        pin = await card(market)
        for _ in range(5):
            assert (await market.buyer.posts("/top-ups", {"pin": "wrong"})).code == "gift_card_refused"
        limited = await market.buyer.posts("/top-ups", {"pin": pin}, key="once more")
        assert (limited.status, limited.code) == (429, "rate_limited")
        assert limited.body["current"] == {"until": market.written("01:00:00")}
        await market.at("01:00:00")
        (await market.buyer.posts("/top-ups", {"pin": pin}, key="once more")).ok()
        assert (await market.buyer.wallet())["balance"] == 50_00

    async def test_is_kept_while_i_am_suspended(self, market: Market) -> None:
        pin = await card(market)
        why = {"reason": "Under investigation"}
        (await market.support.posts(f"/conduct/{market.buyer.name}/suspend", why)).ok()
        await market.settles()
        assert (await market.buyer.posts("/top-ups", {"pin": pin})).code == "account_suspended"
        (await market.support.posts(f"/conduct/{market.buyer.name}/reinstate", why)).ok()
        await market.settles()
        (await market.buyer.posts("/top-ups", {"pin": pin})).ok()


class TestTheOperatorIssuesCards:
    async def test_and_gets_their_pins_once_on_stdout_and_nothing_else(self, market: Market) -> None:
        done = issues(market, "--currency", "MYR", "--amount", "5000", "--count", "3")
        assert done.returncode == 0, done.stderr
        pins = done.stdout.splitlines()
        assert len({*pins}) == 3
        for pin in pins:
            (await market.buyer.posts("/top-ups", {"pin": pin})).ok()
        assert (await market.buyer.wallet())["balance"] == 150_00

    @pytest.mark.parametrize(
        "wrong", [("MYR", "50.00", "3"), ("DEM", "5000", "3"), ("", "", ""), ("MYR", "5000", "-1")]
    )
    def test_or_is_told_what_was_wrong(self, market: Market, wrong: tuple[str, str, str]) -> None:
        currency, amount, count = wrong
        done = issues(market, f"--currency={currency}", f"--amount={amount}", f"--count={count}")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("No card was issued: ")
        assert "Traceback" not in done.stderr


def issues(market: Market, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the command against the stack of this test, which it finds by itself."""
    return subprocess.run(
        [sys.executable, "-m", "deploy.gift_cards", *options],
        cwd=ROOT,
        env={**os.environ, "RUN": str(market.stack.run_dir)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class TestAPinIsSecret:
    async def test_it_is_nowhere_in_the_database(self, market: Market) -> None:
        pin = await card(market)
        (await market.buyer.posts("/top-ups", {"pin": pin})).ok()
        bare = pin.replace("-", "")
        for table in ("gift_cards", "answers", "entries", "outbox", "refused_pins"):
            rows = await market.sql("payments", f"select {table}::text as row from {table}")
            assert rows or table == "refused_pins"
            assert not [each for each in rows if pin in each["row"] or bare in each["row"]]
