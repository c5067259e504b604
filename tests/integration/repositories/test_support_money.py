"""Claims, adjustments and gift cards; the same in memory and on PostgreSQL."""

from dataclasses import replace
from datetime import date

from services.payments.domain import ledger
from services.payments.domain.adjustment import Adjustment, AdjustmentAction, AdjustmentKind, AdjustmentState, apply
from services.payments.domain.capture import Disposition, Reason, Verdict
from services.payments.domain.claim import BANK, Claim, Earlier
from services.payments.domain.gift_card import GiftCard
from services.payments.domain.ledger import Entry, EntryType, buyer_balance
from services.payments.domain.line import LineState
from services.payments.domain.provider_event import Captured
from shared.ids import new_id
from tests.integration.repositories.examples import HOUR, a_payment, name
from tests.integration.repositories.storage import T0, Storage

CREDITED = Verdict(Disposition.CREDITED, Reason.CLAIMED)
UNMATCHED = Verdict(Disposition.UNMATCHED, Reason.UNKNOWN_REFERENCE)


class TestAReference:
    async def test_belongs_to_its_claim(self, storage: Storage) -> None:
        reference = name("TRX").upper()
        claim = Claim(new_id(), reference, 150, "MYR", date(2030, 1, 1), None, "ann", "sue", T0)
        captured = Captured(BANK, str(claim.id), reference, 150, "MYR")
        async with storage.payments.transaction() as work:
            before = await work.claims.earlier(reference), await work.claims.claimed(reference)
            await work.claims.add(claim)
            await work.captures.add(new_id(), captured, None, None, CREDITED, T0)
            after = await work.claims.earlier(reference), await work.claims.claimed(reference)
        assert before == (None, None)
        assert after == (Earlier("claim", claim.id, BANK, reference, None, 150, "MYR", T0), (150, "MYR"))

    async def test_of_a_providers_transaction_is_found_however_it_is_written(self, storage: Storage) -> None:
        reference, capture_id = name("trx"), new_id()
        captured = Captured("sandbox", name("event"), f" {reference} ", 150, "MYR")
        async with storage.payments.transaction() as work:
            await work.captures.add(capture_id, captured, None, None, UNMATCHED, T0)
            found = await work.claims.earlier(reference.upper())
            claimed = await work.claims.claimed(reference.upper())
        assert found == Earlier("transaction", capture_id, "sandbox", f" {reference} ", None, 150, "MYR", T0)
        assert claimed is None


class TestAGiftCard:
    async def test_is_found_by_a_hash_of_its_pin_and_used(self, storage: Storage) -> None:
        card = GiftCard(new_id(), new_id(), 50_00, "MYR", T0, T0 + HOUR)
        first, second = name("hash").encode(), name("hash").encode()
        async with storage.payments.transaction() as work:
            await work.gift_cards.add(card, first)
            await work.gift_cards.add(replace(card, id=new_id()), second)
            found = [await work.gift_cards.lock(each) for each in ((first,), (b"old", first), (b"old",))]
            await work.gift_cards.use(card, "ann", T0)
            after = await work.gift_cards.lock((first,))
        assert found == [card, card, None]
        assert after == replace(card, used_by="ann", used_at=T0)

    async def test_refused_pins_are_counted_for_each_user_and_forgotten(self, storage: Storage) -> None:
        ann, ben, minute = name("ann"), name("ben"), HOUR / 60
        async with storage.payments.transaction() as work:
            await work.gift_cards.lock_tries(ann)
            for each in range(7):
                await work.gift_cards.add_refused(ann, T0 + each * minute, T0 - HOUR)
            newest = await work.gift_cards.refused_since(ann, T0)
            others = await work.gift_cards.refused_since(ben, T0)
            await work.gift_cards.add_refused(ann, T0 + HOUR, T0 + 5 * minute)
            left = await work.gift_cards.refused_since(ann, T0 - HOUR)
        assert newest == tuple(T0 + each * minute for each in (6, 5, 4, 3, 2))
        assert (others, left) == ((), (T0 + HOUR, T0 + 6 * minute))

    async def test_may_be_in_any_currency_that_the_user_has_or_has_paid(self, storage: Storage) -> None:
        user, payment = name("user"), a_payment(100)
        given = ledger.move(ledger.ADJUSTMENT, "EUR", (buyer_balance(user), 5))
        line = replace(payment.lines[0], state=LineState.PAID)
        held = ledger.move(ledger.ADJUSTMENT, payment.currency, (ledger.escrow(line.number), 5))
        async with storage.payments.transaction() as work:
            before = await work.ledger.currencies(user), await work.ledger.currencies(payment.buyer)
            await work.payments.add(payment)
            await work.payments.save_line(line)
            await work.ledger.book(Entry(name("entry"), EntryType.CREDIT, T0, given))
            await work.ledger.book(Entry(name("entry"), EntryType.FUNDING, T0, held))
            after = await work.ledger.currencies(user), await work.ledger.currencies(payment.buyer)
        assert before == (frozenset(), frozenset())
        assert after == (frozenset({"EUR"}), frozenset({payment.currency}))


class TestAnAdjustment:
    async def test_is_what_was_asked_for_and_decided(self, storage: Storage) -> None:
        made = Adjustment(
            id=new_id(),
            kind=AdjustmentKind.FORFEIT,
            user="ann",
            amount=150,
            currency="MYR",
            reason="fraud",
            requested_by="sue",
            requested_at=T0,
            needs_second=True,
            state=AdjustmentState.PENDING,
        )
        decided = apply(made, AdjustmentAction.REJECT, "tom", T0 + HOUR)
        assert decided is not None
        async with storage.payments.transaction() as work:
            await work.adjustments.add(made)
            await work.adjustments.add(other := replace(made, id=new_id()))
            first = await work.adjustments.lock(made.id)
            await work.adjustments.save(decided)
            second, untouched = await work.adjustments.lock(made.id), await work.adjustments.lock(other.id)
            unknown = await work.adjustments.lock(new_id())
        assert (first, second, untouched, unknown) == ((made, T0), (decided, T0), (other, T0), None)
