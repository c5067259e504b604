"""Payments, lines, attempts, captures, the desk and charge-backs; the same in memory and on PostgreSQL."""

from dataclasses import replace
from uuid import UUID, uuid4

from services.payments.domain.attempt import Attempt, AttemptStatus
from services.payments.domain.capture import Disposition, Reason, Unmatched, Verdict
from services.payments.domain.charge_back import Capture, ChargeBack
from services.payments.domain.notice import Captured, WebhookOutcome
from services.payments.domain.payment import CLOSES_FROM, Line, LineState, Payment
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
    return Attempt(new_id(), *of, AttemptStatus.PENDING, None, T0 + hours * HOUR)


def told(event: str | None = None, transaction: str | None = None) -> Captured:
    """A provider's word about 150 captured."""
    return Captured("sandbox", event or name("event"), transaction or name("transaction"), 150, "MYR")


def state(line: Line, state_: LineState) -> Line:
    """The line in another state."""
    return replace(line, state=state_)


async def close(work: PaymentsWork, payment: Payment, line: Line) -> None:
    """An order of the payment can't be paid any more."""
    of = {"number": payment.number, "buyer": payment.buyer, "currency": payment.currency}
    await work.payments.close_line(line, of, CLOSES_FROM[line.state])


async def capture(work: PaymentsWork, payment: Payment, attempt: Attempt, verdict: Verdict = OFFERED) -> UUID:
    """Captured money of an attempt."""
    capture_id = new_id()
    assert await work.captures.add(capture_id, told(), attempt.id, payment.number, verdict, T0)
    return capture_id


def charge_back(payment: Payment, attempt: Attempt, capture_id: UUID | None) -> ChargeBack:
    """A bank took back what an attempt captured."""
    ids = (name("event"), name("transaction"), attempt.id, payment.number, capture_id)
    return ChargeBack(new_id(), "sandbox", *ids, "fraud", T0)


class TestAPayment:
    async def test_is_locked_as_it_was_told_first(self, storage: Storage) -> None:
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
            await close(work, payment, state(second, LineState.EXPIRED))
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
            await work.payments.set_line(first.number, LineState.PAID)
            for line in (first, second):
                await close(work, payment, state(line, LineState.DELETED))
                await close(work, payment, state(line, LineState.EXPIRED))
            found = [await work.payments.lock_line(line.number) for line in payment.lines]
        assert found == [state(first, LineState.PAID), state(second, LineState.DELETED)]

    async def test_is_captured_and_charged_back_as_a_whole(self, storage: Storage) -> None:
        payment, by = a_payment(100, 50), uuid4()
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.payments.set_captured(payment.number, by)
            await work.payments.set_charged_back(payment.number, "sandbox")
            locked = await work.payments.lock(payment.number)
        assert locked is not None
        assert locked.payment.captured_by == by
        assert [line.charged_back_by for line in locked.payment.lines] == ["sandbox", "sandbox"]


class TestAnAttempt:
    async def test_is_found_by_its_payment_oldest_first(self, storage: Storage) -> None:
        payment = a_payment(150)
        late, early = an_attempt(payment, 0.5), an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(late)
            await work.attempts.add(early)
            await work.attempts.save(late.id, AttemptStatus.FAILED, "bank_declined")
            found = await work.attempts.of(payment.number)
            numbers = [await work.attempts.payment_of(each) for each in (late.id, uuid4())]
        assert found == (early, replace(late, status=AttemptStatus.FAILED, reason="bank_declined"))
        assert numbers == [payment.number, None]


class TestAWebhook:
    async def test_is_taken_once_and_known_by_its_words(self, storage: Storage) -> None:
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
        words = (told(event, transaction), told(event), told(transaction=transaction), told())
        async with storage.payments.transaction() as work:
            added = [await work.captures.add(new_id(), each, None, None, AGAIN, T0) for each in words]
        assert added == [True, False, False, True]

    async def test_that_fits_nothing_is_on_the_desk_until_it_is_resolved(self, storage: Storage) -> None:
        words, capture_id = told(), new_id()
        of = (capture_id, "underpaid", "sandbox", words.transaction_id, 150, "MYR", None, None, T0)
        item = Unmatched(new_id(), *of)
        async with storage.payments.transaction() as work:
            await work.captures.add(capture_id, words, None, None, AGAIN, T0)
            await work.captures.put_on_desk(item)
            before = await work.captures.lock_unmatched(item.id), await work.captures.lock_unmatched_of(capture_id)
            await work.captures.resolve(item, T0, "olga", "credit", "ann", "found")
            after = await work.captures.lock_unmatched(item.id), await work.captures.lock_unmatched_of(capture_id)
            unknown = await work.captures.lock_unmatched(new_id())
        assert before == ((item, T0, True), item)
        assert after == ((item, T0, False), None)
        assert unknown is None


class TestAChargeBack:
    async def test_is_told_once_and_names_the_capture_that_paid_first(self, storage: Storage) -> None:
        payment = a_payment(150)
        attempt = an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            second = await capture(work, payment, attempt, AGAIN)
            first = await capture(work, payment, attempt)
            back = charge_back(payment, attempt, first)
            added = [await work.charge_backs.add(each) for each in (back, replace(back, id=new_id()))]
            found = await work.charge_backs.captures(payment.number, attempt.id)
        assert added == [True, False]
        assert found == (
            (Capture(first, 150, "MYR", Disposition.OFFERED), True),
            (Capture(second, 150, "MYR", Disposition.CREDITED), False),
        )

    async def test_told_before_its_capture_waits_for_it_once(self, storage: Storage) -> None:
        payment = a_payment(150)
        attempt = an_attempt(payment)
        async with storage.payments.transaction() as work:
            await work.payments.add(payment)
            await work.attempts.add(attempt)
            back = charge_back(payment, attempt, None)
            await work.charge_backs.add(back)
            capture_id = await capture(work, payment, attempt)
            await work.payments.set_captured(payment.number, capture_id)
            before = await work.charge_backs.of_order(payment.lines[0].number)
            claimed = [await work.charge_backs.claim(attempt.id, capture_id) for _ in range(2)]
            after = await work.charge_backs.of_order(payment.lines[0].number)
        whole = replace(back, capture_id=capture_id)
        assert (before, claimed, after) == (None, [whole, None], whole)
