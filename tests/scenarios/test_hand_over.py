"""An account is handed over: the seller delivers it sealed, its buyer reveals it, and it is nowhere else in clear."""

import json
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from tests.scenarios.steps import delivered, paid, placed
from tests.support.market import Actor, Market

LOGIN = {"log-in": "dawn_1", "password": " correct horse\n", "registration e-mail": "goldking@example.com"}


async def bought(market: Market) -> Any:
    """An account that was paid at T0."""
    return await paid(market, category="account")


async def handed_over(market: Market) -> str:
    """An account that was paid and delivered at T0; its number."""
    number: str = (await bought(market))["number"]
    (await market.seller.delivers(number, LOGIN)).ok()
    return number


async def history(actor: Actor, number: str) -> list[tuple[str, Any, str]]:
    """Rows, who and when of an order's history."""
    items = (await actor.gets(f"/orders/{number}/history")).ok()["items"]
    return [(line["row"], line["by"]["user"], line["at"]) for line in items]


class TestAnAccountIsHandedOver:
    async def test_scenario_68_its_buyer_reveals_it_as_often_as_needed_and_everybody_sees_when(
        self, market: Market
    ) -> None:
        number = (await bought(market))["number"]
        await market.at("01:00:00")
        sold = (await market.seller.delivers(number, LOGIN)).ok()
        assert sold["status"] == "waiting_confirmation"
        assert sold["hand_over"] == {"sealed_at": market.written("01:00:00"), "revealed_at": None}
        await market.at("02:00:00")
        shown = await market.buyer.reveals(number)
        assert shown.ok() == {"number": number, "hand_over": LOGIN, "revealed_at": market.written("02:00:00")}
        assert shown.headers["cache-control"] == "no-store"
        await market.at("03:00:00")
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN
        (await market.buyer.confirms(number)).ok()
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN
        for person in (market.buyer, market.seller, market.support):
            assert (await person.sees(number))["hand_over"]["revealed_at"] == market.written("02:00:00")
            assert (await history(person, number))[2:] == [
                ("T7", market.seller.name, market.written("01:00:00")),
                ("H1", market.buyer.name, market.written("02:00:00")),
                ("H1", market.buyer.name, market.written("03:00:00")),
                ("T15", market.buyer.name, market.written("03:00:00")),
                ("H1", market.buyer.name, market.written("03:00:00")),
            ]

    async def test_scenario_68_an_e_mail_address_in_it_is_no_offence(self, market: Market) -> None:
        await handed_over(market)
        found = (await market.support.gets(f"/conduct/{market.seller.name}")).ok()
        assert (found["standing"], found["offences"]) == ("active", [])

    async def test_by_an_assistant_too_and_instead_of_answering_a_refund_request(self, market: Market) -> None:
        number = (await bought(market))["number"]
        await market.at("02:00:00")
        (await market.buyer.requests_refund(number)).ok()
        helper = market.someone("helper", acts_for=market.seller.name)
        (await helper.delivers(number, LOGIN)).ok()
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN
        assert [row for row, _, _ in await history(market.buyer, number)] == ["T1", "T3", "T10", "T11", "H1"]

    async def test_no_event_is_published_and_the_version_stays(self, market: Market) -> None:
        number = await handed_over(market)
        before = await market.buyer.sees(number)
        (await market.buyer.reveals(number)).ok()
        after = await market.buyer.sees(number)
        assert after["version"] == before["version"]
        assert await market.published(number) == ["order.placed", "order.paid", "order.delivered"]

    async def test_support_finds_in_the_case_that_the_buyer_had_seen_it(self, market: Market) -> None:
        number = await handed_over(market)
        (await market.buyer.reveals(number)).ok()
        (await market.buyer.requests_refund(number)).ok()
        (await market.seller.refuses(number)).ok()
        dispute = (await market.buyer.escalates(number)).ok()["dispute_id"]
        await market.settles()
        case = (await market.support.gets(f"/disputes/{dispute}")).ok()
        assert "The buyer revealed the sealed hand-over." in str(case)
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN


class TestTheSameRequestAgain:
    async def test_a_delivery_is_answered_the_same_and_sealed_once(self, market: Market) -> None:
        number, key = (await bought(market))["number"], str(uuid4())
        path, body = f"/orders/{number}/deliver", {"hand_over": LOGIN}
        first = await market.seller.posts(path, body, key)
        again = await market.seller.posts(path, body, key)
        assert (first.status, again.status, again.content) == (200, 200, first.content)
        assert again.headers["idempotency-replayed"] == "true"
        assert len(await market.sql("orders", "select from hand_overs where number = $1", number)) == 1

    @pytest.mark.parametrize(
        "other", [{"hand_over": {**LOGIN, "password": "x"}}, {}, None], ids=["other", "empty", "none"]
    )
    async def test_with_other_data_under_the_same_key_is_refused(self, market: Market, other: Any) -> None:
        number, key = (await bought(market))["number"], str(uuid4())
        path = f"/orders/{number}/deliver"
        (await market.seller.posts(path, {"hand_over": LOGIN}, key)).ok()
        assert (await market.seller.posts(path, other, key)).code == "idempotency_conflict"

    async def test_with_other_data_under_another_key_changes_nothing(self, market: Market) -> None:
        number = await handed_over(market)
        assert (await market.seller.delivers(number, {"password": "another"})).code == "wrong_status"
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN

    async def test_to_reveal_it_reveals_it_again_and_is_in_the_history_again(self, market: Market) -> None:
        number, key = await handed_over(market), str(uuid4())
        path = f"/orders/{number}/hand-over/reveal"
        answers = [await market.buyer.posts(path, key=key) for _ in range(2)]
        assert [each.ok()["hand_over"] for each in answers] == [LOGIN, LOGIN]
        assert ["idempotency-replayed" in each.headers for each in answers] == [False, False]
        assert [row for row, _, _ in await history(market.buyer, number)].count("H1") == 2
        assert await market.sql("orders", "select from answers where route like $1", f"%{path}") == []

    async def test_the_stored_fingerprint_is_no_hash_that_guesses_could_be_tried_against(self, market: Market) -> None:
        cases: tuple[tuple[str, dict[str, Any], bool], ...]
        cases = (("account", {"hand_over": LOGIN}, False), ("item", {}, True))
        for category, body, is_plain in cases:
            number = (await paid(market, category=category))["number"]
            (await market.seller.performs(number, "deliver", body)).ok()
            route = f"POST /v1/orders/{number}/deliver"
            (row,) = await market.sql("orders", "select fingerprint from answers where route = $1", route)
            content = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
            assert (row["fingerprint"] == sha256(f"{route}?\n{content}".encode()).digest()) is is_plain


class TestWhoMayReveal:
    async def test_the_buyer_and_nobody_else(self, market: Market) -> None:
        number = await handed_over(market)
        people = {
            "not_a_party": (market.seller, market.support),
            "order_not_found": (market.someone("eve"),),
            "forbidden": (
                market.someone("helper", acts_for=market.seller.name),
                market.someone("helper", acts_for=market.buyer.name),
                market.someone("helper", "user", "support", acts_for=market.seller.name),
            ),
            "unauthenticated": (market.nobody,),
        }
        for code, who in people.items():
            for person in who:
                refused = await person.reveals(number)
                assert (refused.code, "dawn_1" in str(refused.body)) == (code, False), person.name
        assert (await market.buyer.sees(number))["hand_over"]["revealed_at"] is None

    async def test_not_while_the_buyer_is_suspended(self, market: Market) -> None:
        number = await handed_over(market)
        why = {"reason": "Under investigation"}
        (await market.support.posts(f"/conduct/{market.buyer.name}/suspend", why)).ok()
        await market.settles()
        assert (await market.buyer.reveals(number)).code == "account_suspended"

    async def test_a_preview_says_whether_it_may_be_and_shows_and_writes_nothing(self, market: Market) -> None:
        number = await handed_over(market)
        preview = await market.buyer.previews(number, "hand-over/reveal")
        assert (preview["allowed"], preview["row"], preview["status"]) == (True, "H1", "waiting_confirmation")
        assert (await market.seller.previews(number, "hand-over/reveal"))["code"] == "not_a_party"
        assert (await market.buyer.sees(number))["hand_over"]["revealed_at"] is None

    async def test_only_if_the_order_is_as_it_was_read_where_the_buyer_wants_that(self, market: Market) -> None:
        number = await handed_over(market)
        tag = (await market.buyer.gets(f"/orders/{number}")).headers["etag"]
        headers = market.buyer.headers
        market.buyer.headers = {**headers, "If-Match": tag}
        assert (await market.buyer.reveals(number)).ok()["hand_over"] == LOGIN
        assert (await market.buyer.reveals(number)).code == "version_conflict"


class TestWhatIsRefused:
    async def test_sealed_data_with_what_is_no_account(self, market: Market) -> None:
        order = await paid(market)
        refused = await market.seller.delivers(order["number"], LOGIN)
        assert (refused.status, refused.code) == (422, "validation_failed")
        assert [each["pointer"] for each in refused.body["errors"]] == ["/body/hand_over"]
        assert await market.buyer.status(order["number"]) == "waiting_delivery"
        preview = await market.seller.previews(order["number"], "deliver", {"hand_over": LOGIN})
        assert (preview["allowed"], preview["code"]) == (False, "validation_failed")

    @pytest.mark.parametrize(
        "pairs", [{}, [], "hunter2", {"hunter2": 5}, {"password": "hunter2\x07"}, {"p": "hunter2" * 200}]
    )
    async def test_what_is_no_bounded_list_of_printable_pairs_and_none_of_it_is_repeated(
        self, market: Market, pairs: Any
    ) -> None:
        order = await bought(market)
        refused = await market.seller.posts(f"/orders/{order['number']}/deliver", {"hand_over": pairs})
        assert (refused.status, refused.code) == (422, "validation_failed")
        assert [each["pointer"] for each in refused.body["errors"]] == ["/body/hand_over"]
        assert b"hunter2" not in refused.content
        assert await market.buyer.status(order["number"]) == "waiting_delivery"

    async def test_revealing_before_the_delivery_or_where_nothing_was_sealed(self, market: Market) -> None:
        order = await placed(market, category="account")
        assert (await market.buyer.reveals(order["number"])).code == "wrong_status"
        await market.buyer.pays(order["payment_number"])
        assert (await market.buyer.reveals(order["number"])).code == "wrong_status"
        (await market.seller.delivers(order["number"])).ok()
        assert (await market.buyer.reveals(order["number"])).code == "no_hand_over"
        item = await delivered(market, at="00:00:00")
        assert (await market.buyer.reveals(item["number"])).code == "no_hand_over"

    async def test_revealing_when_all_money_went_back_but_not_when_a_part_did(self, market: Market) -> None:
        whole, part = await handed_over(market), await handed_over(market)
        (await market.buyer.requests_refund(whole)).ok()
        assert (await market.buyer.reveals(whole)).ok()["hand_over"] == LOGIN
        (await market.seller.agrees(whole)).ok()
        assert (await market.buyer.reveals(whole)).code == "wrong_status"
        (await market.buyer.requests_refund(part, 30_00)).ok()
        (await market.seller.agrees(part)).ok()
        assert (await market.buyer.reveals(part)).ok()["hand_over"] == LOGIN

    async def test_revealing_after_a_charge_back_until_support_has_decided_for_the_seller(self, market: Market) -> None:
        order = await placed(market, category="account")
        attempt = await market.buyer.pays(order["payment_number"])
        (await market.seller.delivers(order["number"], LOGIN)).ok()
        (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "charge_back"})).ok()
        await market.settles()
        assert (await market.buyer.reveals(order["number"])).code == "wrong_status"
        await market.closes_cases()
        await market.settles()
        assert (await market.buyer.reveals(order["number"])).ok()["hand_over"] == LOGIN

    async def test_revealing_after_a_silent_seller_s_deadline_even_if_nobody_has_noticed_it(
        self, market: Market
    ) -> None:
        number = await handed_over(market)
        (await market.buyer.requests_refund(number)).ok()
        await market.at("24:00:00", fire=False)
        assert (await market.buyer.reveals(number)).code == "wrong_status"
        assert await market.buyer.status(number) == "refunded"

    async def test_changing_the_journal_by_whomever(self, market: Market) -> None:
        number = await handed_over(market)
        (await market.buyer.reveals(number)).ok()
        for statement in ("update reveals set by_user = 'nobody'", "delete from reveals", "truncate reveals"):
            with pytest.raises(Exception, match="append-only"):
                await market.sql("orders", statement)
        assert (await history(market.seller, number))[-1][0] == "H1"
