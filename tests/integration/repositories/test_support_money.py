"""Claims and adjustments of support; the same in memory and on PostgreSQL."""

from dataclasses import replace
from datetime import date

from services.payments.domain.adjustment import Adjustment, AdjustmentAction, AdjustmentKind, AdjustmentState, apply
from services.payments.domain.capture import Disposition, Reason, Verdict
from services.payments.domain.claim import BANK, Claim, Earlier
from services.payments.domain.provider_event import Captured
from shared.ids import new_id
from tests.integration.repositories.examples import HOUR, name
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
