"""Payments, lines, attempts, captures, the review queue and charge-backs; the same in memory and on PostgreSQL."""

from dataclasses import replace
from uuid import UUID, uuid4

from services.payments.domain import ledger
from services.payments.domain import line as lines
from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.capture import Disposition, Reason, Unmatched, Verdict
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.ledger import Account, Entry, EntryType
from services.payments.domain.line import Line, LineAction, LineState
from services.payments.domain.payment import Payment
from services.payments.domain.provider_event import Captured, WebhookOutcome
from services.payments.unit_of_work import PaymentsWork
from shared.ids import new_id
from tests.integration.repositories.examples import HOUR, a_payment, name
from tests.integration.repositories.storage import T0, Storage

OFFERED = Verdict(Disposition.OFFERED, Reason.EXACT)
AGAIN = Verdict(Disposition.CREDITED, Reason.DUPLICATE)


def an_attempt(payment: Payment, hours: float = 0) -> Attempt:
    """An open attempt to pay everything by card."""
    covers = tuple(line.number for line in payment.lines)
    of = (payment.number, "card", "sandbox", payment.amount, 0, "MYR", covers)
    return Attempt(new_id(), *of, T0 + hours * HOUR, payment.due_at, can_dispute=True)


def an_event(event: str | None = None, transaction: str | None = None) -> Captured:
    """A provider's event about 150 captured."""
    return Captured("sandbox", event or name("event"), transaction or name("transaction"), 150, "MYR")


def state(line: Line, state_: LineState) -> Line:
    """The line in another state."""
    return replace(line, state=state_)


async def close(work: PaymentsWork, payment: Payment, line: Line, action: LineAction) -> None:
    """An order of the payment can't be paid any more."""
    of = {"number": payment.number, "buyer": payment.buyer, "currency": payment.currency}
    ended = lines.apply(line, action)
    assert ended is not None
    await work.payments.close_line(ended, of, lines.TABLE[action][0])


async def capture(work: PaymentsWork, payment: Payment, attempt: Attempt, verdict: Verdict = OFFERED) -> UUID:
    """Captured money of an attempt."""
    capture_id = new_id()
    assert await work.captures.add(capture_id, an_event(), attempt.id, payment.number, verdict, T0)
    return capture_id


def charge_back(payment: Payment, attempt: Attempt, capture_id: UUID | None) -> ChargeBack:
    """A bank took back what an attempt captured."""
    ids = (name("event"), name("transaction"), attempt.id, payment.number, capture_id)
    return ChargeBack(new_id(), "sandbox", *ids, 60, "MYR", waiting=60, aside=False, reason="fraud", at=T0)


class TestAPayment:
    async def test_is_locked_as_it_was_first_reported(self, storage: Storage) -> None:
        payment = a_payment(100, 50)
        async with storage.payments.transaction() as work:
            unknown = await work.payments.lock(payment.number)
            await work.payments.add(payment)
            await work.payments.add(replace(payment, buyer="eve", lines=a_payment(7).lines))
            locked = await work.payments.lock(payment.number)
        assert unknown is None
        assert locked is not None
        assert (locked.payment, locked.at) == (payment, T0)

    async def test_has_lines_that_close_before_it_is_known(self, storage: Storage) -> None:
        payment = a_payment(100, 50)
        first, second = payment.lines
        async with storage.payments.transaction() as work:
            await close(work, payment, second, LineAction.EXPIRE)
            assert await work.payments.lock(payment.number) is None
            await work.payments.add(payment)
            locked = await work.payments.lock(payment.number)
        assert locked is not None
        assert locked.payment.lines == (first, state(second, LineState.EXPIRED))

    async def test_has_lines_that_close_from_some_states_only(self, storage: Storage) -> None:
        payment = a_payment(100, 50)
        first, second = payment.lines
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.payments.save_line(state(first, LineState.PAID))
            for line in (first, second):
                await close(work, payment, line, LineAction.DELETE)
                await close(work, payment, line, LineAction.EXPIRE)
            locked = await work.payments.lock(payment.number)
        assert locked is not None
        assert locked.payment.lines == (state(first, LineState.PAID), state(second, LineState.DELETED))

    async def test_is_captured_as_a_whole_and_charged_back_order_by_order(self, storage: Storage) -> None:
        payment, by = a_payment(100, 50), uuid4()
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.payments.set_captured(payment.number, by, [state(payment.lines[0], LineState.OFFERED)])
            await work.payments.set_charged_back_by(payment.number, "sandbox")
            await work.payments.set_charged_back(payment.lines[1].number, 30)
            locked = await work.payments.lock(payment.number)
        assert locked is not None
        assert locked.payment.captured_by == by
        shown = [(line.charged_back_by, line.charged_back) for line in locked.payment.lines]
        assert shown == [("sandbox", 0), ("sandbox", 30)]
        states = [(line.state, line.offered_by) for line in locked.payment.lines]
        assert states == [(LineState.OFFERED, by), (LineState.PAYABLE, None)]


class TestAnAttempt:
    async def test_is_found_by_its_payment_oldest_first(self, storage: Storage) -> None:
        payment = a_payment(150)
        late, early = an_attempt(payment, 0.5), an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(late)
            await work.attempts.add(early)
            await work.attempts.save(replace(late, status=AttemptStatus.FAILED, reason="bank_declined"))
            found = await work.attempts.of(payment.number)
            numbers = [await work.attempts.payment_of(each) for each in (late.id, uuid4())]
        assert found == (early, replace(late, status=AttemptStatus.FAILED, reason="bank_declined"))
        assert numbers == [payment.number, None]

    async def test_is_declined_once_and_for_its_buyer(self, storage: Storage) -> None:
        payment = a_payment(150)
        first, second = an_attempt(payment), an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            for at, attempt in enumerate((first, second, first)):
                if at < 2:
                    await work.attempts.add(attempt)
                await work.attempts.decline(attempt.id, payment.buyer, T0 + at * HOUR)
            declines = [await work.attempts.declines(who) for who in (payment.buyer, name("buyer"))]
        assert declines == [(T0 + HOUR, T0), ()]


class TestAWebhook:
    async def test_is_taken_once_and_known_by_its_body(self, storage: Storage) -> None:
        event = name("event")
        async with storage.payments.transaction() as work:
            first = await work.webhooks.take("sandbox", event, b"words")
            assert first is not None
            await work.webhooks.done(first, WebhookOutcome.APPLIED)
            again = await work.webhooks.take("sandbox", event, b"words")
            same = [await work.webhooks.is_repeat("sandbox", event, body) for body in (b"words", b"other", b"other")]
        assert (again, same) == (None, [True, False, False])


class TestACapture:
    async def test_is_written_once_per_event_and_once_per_transaction(self, storage: Storage) -> None:
        event, transaction = name("event"), name("transaction")
        words = (an_event(event, transaction), an_event(event), an_event(transaction=transaction), an_event())
        async with storage.payments.transaction() as work:
            added = [await work.captures.add(new_id(), each, None, None, AGAIN, T0) for each in words]
        assert added == [True, False, False, True]

    async def test_that_fits_nothing_is_in_the_review_queue_until_it_is_resolved(self, storage: Storage) -> None:
        words, capture_id = an_event(), new_id()
        of = (capture_id, "underpaid", "sandbox", words.transaction_id, 150, "MYR", None, None, T0)
        item = Unmatched(new_id(), *of)
        async with storage.payments.transaction() as work:
            await work.captures.add(capture_id, words, None, None, AGAIN, T0)
            await work.captures.put_in_review_queue(item)
            before = await work.captures.lock_unmatched(item.id), await work.captures.lock_unmatched_of(capture_id)
            await work.captures.reduce(item, 50)
            await work.captures.resolve(item, T0, "olga", "credit", "ann", "found")
            after = await work.captures.lock_unmatched(item.id), await work.captures.lock_unmatched_of(capture_id)
            unknown = await work.captures.lock_unmatched(new_id())
        assert before == ((item, T0, True), (item, True, None))
        left = replace(item, amount=100)
        assert after == ((left, T0, False), (left, False, "ann"))
        assert unknown is None


class TestAChargeBack:
    async def test_is_received_once_and_leaves_the_rest_of_its_capture(self, storage: Storage) -> None:
        payment = a_payment(150)
        attempt = an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            second = await capture(work, payment, attempt, AGAIN)
            first = await capture(work, payment, attempt)
            back = charge_back(payment, attempt, first)
            other = charge_back(payment, attempt, first)
            added = [await work.charge_backs.add(each) for each in (back, replace(back, id=new_id()), other)]
            found = await work.charge_backs.captures(attempt.id, "sandbox")
            of_others = await work.charge_backs.captures(attempt.id, "balance")
        assert added == [True, False, True]
        assert found == (
            Capture(first, 150, "MYR", Disposition.OFFERED, 30),
            Capture(second, 150, "MYR", Disposition.CREDITED, 150),
        )
        assert of_others == ()

    async def test_waits_for_its_capture_and_then_to_be_assigned(self, storage: Storage) -> None:
        payment = a_payment(150)
        attempt = an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            first, second = (charge_back(payment, attempt, None) for _ in range(2))
            for each in (first, second):
                await work.charge_backs.add(each)
            capture_id = await capture(work, payment, attempt)
            before = await work.charge_backs.unassigned(attempt.id, "sandbox")
            await work.charge_backs.put_aside(first.id)
            await work.charge_backs.claim(first.id, capture_id)
            await work.charge_backs.put_aside(second.id)
            after = await work.charge_backs.unassigned(attempt.id, "sandbox")
            await work.charge_backs.assign(first.id, 20)
            waiting = await work.charge_backs.waiting(capture_id)
            await work.charge_backs.assign_all(first.id)
            done = await work.charge_backs.of(capture_id), await work.charge_backs.waiting(capture_id)
        assert (before, after) == ((first, second), (replace(second, aside=True),))
        claimed = replace(first, capture_id=capture_id)
        assert waiting == (replace(claimed, waiting=40),)
        assert done == ((replace(claimed, waiting=0),), ())

    async def test_that_was_put_aside_is_found_in_the_review_queue_until_it_is_closed(self, storage: Storage) -> None:
        transaction = name("transaction")
        of = ("charge_back_aside", "sandbox", transaction, 150, "MYR", None, None, T0)
        item = Unmatched(new_id(), None, *of)
        async with storage.payments.transaction() as work:
            await work.captures.put_in_review_queue(item)
            before = await work.captures.lock_aside("sandbox", transaction)
            await work.captures.resolve(item, T0, "olga", "write_off", None, "seen")
            after = await work.captures.lock_aside("sandbox", transaction)
        assert (before, after) == (item, None)


class TestWhatAUserWasGiven:
    async def test_is_what_came_from_the_payment_less_what_went_back(self, storage: Storage) -> None:
        payment = a_payment(150)
        buyer, world = ledger.buyer_balance(payment.buyer), ledger.provider("sandbox")
        moved: tuple[tuple[EntryType, Account, Account, int, str | None, str | None], ...] = (
            (EntryType.CAPTURE, world, buyer, 90, payment.number, None),
            (EntryType.CAPTURE, buyer, ledger.incoming(payment.number), 50, payment.number, None),
            (EntryType.SETTLEMENT, world, buyer, 30, None, payment.lines[0].number),
            (EntryType.CHARGE_BACK, buyer, world, 20, payment.number, None),
            (EntryType.CREDIT, world, buyer, 7, name("P"), None),
            (EntryType.CREDIT, world, ledger.buyer_balance("eve"), 5, payment.number, None),
        )
        references = [name("reference") for _ in moved]
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            for reference, (kind, source, target, amount, *of) in zip(references, moved, strict=True):
                postings = ledger.move(source, "MYR", (target, amount))
                assert await work.ledger.book(Entry(reference, kind, T0, postings, *of))
            of_payment = await work.ledger.given(payment.number, payment.buyer, "MYR")
            of_other = await work.ledger.given(payment.number, payment.buyer, "EUR")
            by = [await work.ledger.given_by(some, payment.buyer) for some in ((), references[:1], references[2:4])]
        assert (of_payment, of_other, by) == (90 + 30 - 20, 0, [0, 90, 10])
