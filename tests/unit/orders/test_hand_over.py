"""An account is handed over sealed: who may reveal it when, what the history says, what the body may hold."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from services.orders.commands import hand_over as commands
from services.orders.commands.hand_over import Revealed
from services.orders.domain import hand_over, history
from services.orders.domain.lifecycle import place
from services.orders.domain.order import Order, Status
from services.orders.domain.preview import about_hand_over
from services.orders.queries import see
from services.orders.refusals import OrdersRefusal
from services.orders.schemas.hand_over import DeliverIn
from services.orders.schemas.orders import order_view
from shared.actor import Actor
from shared.refusals import Refusal, Refused
from shared.sealing import Sealed, Sealer
from tests.support.memory import BusinessClock, MemoryDatabase, MemoryOrdersWork, OrdersTables
from tests.unit.orders.examples import A, R, a_request, an_order, examples, hours, pays, refused, take, wants_back

SEALER = Sealer({"k1": bytes(32)}, "hand-over")
SECRETS = {"login": SecretStr("dawn"), "password": SecretStr("correct horse")}
NUMBER = "K5657777893"
ALICE, BOB = Actor("alice"), Actor("bob")
PAID = take(an_order(number=NUMBER, category="account"), pays(an_order(category="account"))).after
DELIVERED = take(PAID, a_request(A.DELIVER, R.SELLER, 1, sealed=True)).after
EXAMPLES = examples()


def orders(order: Order, at: float = 2) -> MemoryDatabase[MemoryOrdersWork, OrdersTables]:
    """A database with one order."""
    tables = OrdersTables(orders={order.number: order})
    return MemoryDatabase("orders", tables, BusinessClock(hours(at)), MemoryOrdersWork)


async def delivers(order: Order = PAID) -> MemoryDatabase[MemoryOrdersWork, OrdersTables]:
    """The seller has delivered it with secrets, an hour after it was paid."""
    database = orders(order, at=1)
    async with database.transaction() as work:
        result = await commands.deliver(work, order.number, BOB, SEALER, SECRETS)
    assert not isinstance(result, Refused)
    database.clock.time = hours(2)
    return database


async def reveals(
    database: MemoryDatabase[MemoryOrdersWork, OrdersTables], who: Actor = ALICE, sealer: Sealer = SEALER
) -> Revealed | Refused:
    """Somebody wants to see what was handed over."""
    async with database.transaction() as work:
        return await commands.reveal(work, NUMBER, who, sealer)


class TestTheSellerDelivers:
    async def test_the_data_is_stored_sealed_and_the_order_shows_that_it_is_there(self) -> None:
        tables = (await delivers()).tables
        assert tables.orders[NUMBER].sealed
        assert SEALER.open(NUMBER, tables.hand_overs[NUMBER]) == SECRETS
        assert "correct horse" not in repr(tables)

    async def test_only_an_account(self) -> None:
        item = replace(PAID, category="item")
        assert refused(item, a_request(A.DELIVER, R.SELLER, 1, sealed=True)) is Refusal.VALIDATION_FAILED
        async with (database := orders(item, at=1)).transaction() as work:
            result = await commands.deliver(work, NUMBER, BOB, SEALER, SECRETS)
        assert isinstance(result, Refused)
        assert result.facts["errors"] == [{"pointer": "/body/hand_over", "detail": "only for orders of accounts"}]
        assert database.tables.hand_overs == {}

    async def test_once_and_what_comes_later_changes_nothing(self) -> None:
        database = await delivers()
        async with database.transaction() as work:
            again = await commands.deliver(work, NUMBER, BOB, SEALER, {"login": SecretStr("another")})
        assert isinstance(again, Refused)
        assert again.code is Refusal.WRONG_STATUS
        assert SEALER.open(NUMBER, database.tables.hand_overs[NUMBER]) == SECRETS

    def test_the_history_says_so_also_where_a_refund_request_is_superseded(self) -> None:
        requested = take(PAID, wants_back(2)).after
        for before in (PAID, requested):
            done = take(before, a_request(A.DELIVER, R.SELLER, 3, sealed=True))
            assert history.why(done).endswith("; the account was handed over sealed.")
            assert done.after.sealed


class TestTheBuyerReveals:
    async def test_the_same_data_as_often_as_needed_and_the_history_has_each_time(self) -> None:
        database = await delivers()
        first = await reveals(database)
        database.clock.time += timedelta(hours=1)
        second = await reveals(database)
        assert isinstance(first, Revealed)
        assert isinstance(second, Revealed)
        assert first.secrets == second.secrets == SECRETS
        assert second.order.revealed_at == hours(2)
        async with database.transaction() as work:
            lines = await work.orders.history(NUMBER)
        assert [(line.row, line.by_user, line.at) for line in lines] == [
            ("T7", "bob", hours(1)),
            ("H1", "alice", hours(2)),
            ("H1", "alice", hours(3)),
        ]

    async def test_the_order_shows_when_it_was_sealed_and_first_revealed(self) -> None:
        database = await delivers()
        await reveals(database)
        shown = order_view(see(database.tables.orders[NUMBER], R.SELLER, hours(5))).hand_over
        assert shown is not None
        assert (shown.sealed_at, shown.revealed_at) == (hours(1), hours(2))
        assert order_view(see(PAID, R.SELLER, hours(0))).hand_over is None

    @pytest.mark.parametrize(
        ("who", "code"),
        [
            (BOB, Refusal.NOT_A_PARTY),
            (Actor("helper", acting_for="bob"), Refusal.NOT_A_PARTY),
            (Actor("sam", "support"), Refusal.NOT_A_PARTY),
            (Actor("eve"), Refusal.ORDER_NOT_FOUND),
            (Actor("helper", acting_for="alice"), Refusal.ORDER_NOT_FOUND),
        ],
        ids=str,
    )
    async def test_nobody_else_does(self, who: Actor, code: Refusal) -> None:
        database = await delivers()
        found = await reveals(database, who)
        assert isinstance(found, Refused)
        assert found.code is code
        assert database.tables.reveals == []

    async def test_a_suspended_buyer_does_not(self) -> None:
        database = await delivers()
        database.tables.account_statuses["alice"] = (True, 1)
        found = await reveals(database)
        assert isinstance(found, Refused)
        assert found.code is Refusal.ACCOUNT_SUSPENDED

    async def test_an_overdue_deadline_expires_first(self) -> None:
        database = await delivers(take(PAID, wants_back(1)).after)
        requested = take(database.tables.orders[NUMBER], wants_back(2)).after
        database.tables.orders[NUMBER] = requested
        database.clock.time = hours(26)
        found = await reveals(database)
        assert isinstance(found, Refused)
        assert (found.code, found.facts["status"]) == (Refusal.WRONG_STATUS, "refunded")
        assert database.tables.orders[NUMBER].status is Status.REFUNDED


class TestWhenItCanBeRevealed:
    @pytest.mark.parametrize("order", EXAMPLES.values(), ids=list(EXAMPLES))
    def test_after_the_delivery_but_never_after_a_full_refund(self, order: Order) -> None:
        sealed = replace(order, sealed=order.delivered_at is not None)
        found = hand_over.refusal(sealed)
        awaits_support = order.charged_back and order.status is Status.DISPUTED
        if order.status is Status.REFUNDED or awaits_support:
            assert found is Refusal.WRONG_STATUS
        elif order.delivered_at is not None:
            assert found is None
        else:
            assert found in (Refusal.WRONG_STATUS, OrdersRefusal.NO_HAND_OVER)

    def test_each_place_is_tried(self) -> None:
        tried = {place(order.status, order.stage) for order in EXAMPLES.values() if order.delivered_at}
        assert set(hand_over.SOURCES) <= tried

    def test_without_sealed_data_there_is_nothing(self) -> None:
        assert hand_over.refusal(replace(DELIVERED, sealed=False)) is OrdersRefusal.NO_HAND_OVER

    def test_the_preview_says_the_same(self) -> None:
        found = about_hand_over(DELIVERED, hours(2))
        assert (found.allowed, found.row, found.event, found.status) == (True, "H1", None, DELIVERED.status)
        assert about_hand_over(PAID, hours(2)).code is Refusal.WRONG_STATUS
        assert about_hand_over(DELIVERED, hours(2), suspended=True).code is Refusal.ACCOUNT_SUSPENDED


class TestWhenItDoesNotOpen:
    @pytest.mark.parametrize(
        "sealer", [Sealer({"k2": bytes(32)}, "hand-over"), Sealer({"k1": b"\1" * 32}, "hand-over")]
    )
    async def test_because_its_key_is_gone_the_refusal_says_so_and_nothing_is_in_the_journal(
        self, sealer: Sealer
    ) -> None:
        database = await delivers()
        found = await reveals(database, sealer=sealer)
        assert found == Refused(OrdersRefusal.HAND_OVER_UNREADABLE)
        assert database.tables.reveals == []
        assert database.tables.orders[NUMBER].revealed_at is None

    async def test_because_it_belongs_to_another_order(self) -> None:
        database = await delivers()
        other = SEALER.seal("K0000000000", SECRETS)
        database.tables.hand_overs[NUMBER] = Sealed(other.key_id, other.text)
        assert await reveals(database) == Refused(OrdersRefusal.HAND_OVER_UNREADABLE)


class TestTheBody:
    def test_has_up_to_20_names_and_texts_as_they_are(self) -> None:
        given = {f"field {number}": f" {number}\n" for number in range(20)}
        read = DeliverIn.model_validate({"hand_over": given}).hand_over
        assert read is not None
        assert {name: secret.get_secret_value() for name, secret in read.items()} == given
        assert DeliverIn.model_validate({}).hand_over is None

    @pytest.mark.parametrize(
        "given",
        [
            {},
            [],
            5,
            "hunter2",
            {"": "hunter2"},
            {"password": ""},
            {"password": "\u200d"},
            {"hunter2": None},
            {"hunter2": 5},
            {"hunter2": ["hunter2"]},
            {"pass\u202eword": "hunter2"},
            {"password": "hunter2\x07"},
            {"x" * 41: "hunter2"},
            {"password": "hunter2" * 200},
            {f"hunter2{number}": "x" for number in range(21)},
            {f"password {number}": "hunter2 " * 120 for number in range(5)},
        ],
        ids=lambda given: str(given)[:40],
    )
    def test_that_is_too_much_or_not_printable_is_refused_without_repeating_any_of_it(self, given: Any) -> None:
        with pytest.raises(ValidationError) as refusal:
            DeliverIn.model_validate({"hand_over": given})
        faults = refusal.value.errors(include_input=False, include_context=False)
        assert [fault["loc"] for fault in faults] == [("hand_over",)]
        assert "hunter2" not in str(faults)

    def test_is_stars_when_it_is_printed(self) -> None:
        assert "hunter2" not in repr(DeliverIn.model_validate({"hand_over": {"password": "hunter2"}}))
