"""Lists of payments, and what support looks up about anybody's money."""

from uuid import uuid4

from tests.scenarios.steps import paid, placed
from tests.scenarios.test_lists import every
from tests.support.market import Market


class TestMyPayments:
    async def test_are_ones_own_newest_first_with_their_status(self, market: Market) -> None:
        expired = (await placed(market))["payment_number"]
        await market.at("01:00:00")
        captured = (await paid(market))["payment_number"]
        taken = (await paid(market))["payment_number"]
        attempt = (await market.buyer.gets(f"/payments/{taken}")).ok()["attempts"][0]["attempt_id"]
        (await market.nobody.posts(f"/sandbox/payments/{attempt}", {"action": "charge_back"})).ok()
        await market.settles()
        await market.at("02:00:00")
        waiting = (await placed(market))["payment_number"]
        by_status = {"waiting_payment": waiting, "captured": captured, "charged_back": taken, "closed": expired}
        found = await every(market.buyer, "/payments?")
        assert found[0]["payment_number"] == waiting
        assert {each["status"]: each["payment_number"] for each in found} == by_status
        assert found == sorted(found, key=lambda each: (each["placed_at"], each["payment_number"]), reverse=True)
        for status, number in by_status.items():
            assert [each["payment_number"] for each in await every(market.buyer, f"/payments?status={status}&")] == [
                number
            ]
            whole = (await market.buyer.gets(f"/payments/{number}")).ok()
            assert whole["status"] == status
        window = f"from={market.written('01:00:00')}&to={market.written('02:00:00')}"
        assert {each["payment_number"] for each in await every(market.buyer, f"/payments?{window}&")} == {
            captured,
            taken,
        }
        assert (await market.someone("eve").gets("/payments")).ok()["items"] == []


class TestWhatSupportLooksUp:
    async def test_a_payment_by_number_attempt_and_transaction(self, market: Market) -> None:
        order, transaction = await placed(market), f"txn-{uuid4().hex}"
        number = order["payment_number"]
        attempt = await market.buyer.pays(number, transaction_id=transaction)
        support = market.support
        taken = {"action": "charge_back", "transaction_id": f"back-{transaction}"}
        (await market.nobody.posts(f"/sandbox/payments/{attempt}", taken)).ok()
        await market.settles()
        transactions = (f"transaction_id={transaction}", f"transaction_id=back-{transaction}")
        references = (f"payment_number={number}", f"attempt_id={attempt}", *transactions)
        for query in (*references, f"buyer={market.buyer.name}"):
            (found,) = (await support.gets(f"/payments?{query}")).ok()["items"]
            assert (found["payment_number"], found["buyer"]) == (number, market.buyer.name)
            assert [each["attempt_id"] for each in found["attempts"]] == [attempt]
            assert [each["number"] for each in found["orders"]] == [order["number"]]
        for query in references:
            assert (await market.someone("eve").gets(f"/payments?{query}")).ok()["items"] == []
            assert len((await market.buyer.gets(f"/payments?{query}")).ok()["items"]) == 1
        for query in ("transaction_id=none", f"attempt_id={uuid4()}", "payment_number=P0000000000"):
            assert (await support.gets(f"/payments?{query}")).ok()["items"] == []
        for query in ("attempt_id=x", "status=gone", "cursor=W10", "from=now"):
            assert (await support.gets(f"/payments?{query}")).code == "validation_failed"

    async def test_somebodys_money(self, market: Market) -> None:
        await paid(market)
        support, name = market.support, market.buyer.name
        own = (await market.buyer.gets("/balance")).ok()
        assert own["wallets"][0]["in_escrow"] == 100_00
        for who in (support, market.buyer):
            assert (await who.gets(f"/balance?user={name}")).ok() == own
        assert (await support.gets("/balance")).ok() == {"wallets": []}
        listing = await market.seller.lists()
        second = (await market.buyer.orders(listing))["orders"][0]
        await market.buyer.pays(second["payment_number"])
        (await market.seller.gives_back(second["number"])).ok()
        await market.settles()
        entries = (await market.buyer.gets("/balance/entries")).ok()
        assert len(entries["items"]) > 0
        assert (await support.gets(f"/balance/entries?user={name}")).ok() == entries
        assert (await support.gets("/balance/entries")).ok()["items"] == []

    async def test_is_closed_to_everybody_else(self, market: Market) -> None:
        name = market.buyer.name
        for who in (market.seller, market.someone("eve"), market.someone("op", "operator")):
            for path in (f"/payments?buyer={name}", f"/balance?user={name}", f"/balance/entries?user={name}"):
                assert (await who.gets(path)).code == "forbidden", path
