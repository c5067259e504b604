"""The payment provider: it reports captures late, twice, too much, too little, and charges back."""

from dataclasses import dataclass, replace
from functools import partial
from random import Random
from uuid import UUID

from services.orders.domain.order import Status
from services.payments import commands as payments
from services.payments.domain.attempt import OPEN, Attempt, AttemptAction, AttemptStatus
from services.payments.domain.provider_event import ProviderEvent
from services.payments.unit_of_work import PaymentsWork
from tests.simulation.world import World

PROVIDER = "sandbox"
NOBODY = UUID(int=0)
LIKELY = {
    AttemptAction.CAPTURE: 12.0,
    AttemptAction.AUTHORISE: 1.5,
    AttemptAction.FAIL: 1.0,
    AttemptAction.VOID: 0.5,
    AttemptAction.CHARGE_BACK: 3.0,
}


@dataclass(frozen=True)
class Webhook:
    """One message of the provider, as it can come again."""

    event: ProviderEvent
    body: bytes
    payment_number: str | None


def report_event(world: World, dice: Random) -> None:
    """The provider sends a new event, an earlier one again, or the same money under another event id."""
    before: list[Webhook] = world.reported_by_bank
    if before and dice.random() < 0.12:
        webhook = dice.choice(before)
        if dice.random() < 0.3:
            webhook = replace(webhook, event=replace(webhook.event, event_id=f"event-{len(before)}"))
    else:
        new = _news(world, dice)
        if new is None:
            return
        webhook = new
    _send(world, webhook, dice)


def report_capture(world: World, dice: Random) -> None:
    """The provider reports the capture of the newest attempt."""
    attempt = next(reversed(world.payments.tables.attempts.values()), None)
    if attempt is not None:
        _send(world, _webhook(world, attempt, AttemptAction.CAPTURE, dice), dice)


def poll(world: World, dice: Random) -> None:
    """Payments polls for attempts whose outcome is unknown; the provider voids every hold that is to be released."""

    async def take(work: PaymentsWork) -> list[Attempt]:
        due = await work.attempts.unknown(100)
        found = [await payments.take_poll(work, number, attempt_id) for attempt_id, number in due]
        return [each for each in found if each is not None]

    for attempt in world.run(world.payments, "payments polls the provider", (), take, dice) or ():
        if attempt.status is AttemptStatus.VOID_PENDING:
            text = f"the provider has voided {attempt.id}"
            world.run(world.payments, text, (attempt.payment_number,), partial(payments.voided, attempt=attempt), dice)


def _send(world: World, webhook: Webhook, dice: Random) -> None:
    world.reported_by_bank.append(webhook)
    world.facts["messages of the provider"] += 1
    event = webhook.event
    text = f"the bank reports {event.action} of {event.amount} {event.currency} ({event.event_id})"
    world.run(
        world.payments,
        text,
        (webhook.payment_number, *_orders(world, webhook)),
        lambda work: payments.receive(work, PROVIDER, event.event_id, webhook.body, event),
        dice,
    )


def _news(world: World, dice: Random) -> Webhook | None:
    attempts = list(world.payments.tables.attempts.values())
    if not attempts:
        return None
    action = dice.choices(list(LIKELY), list(LIKELY.values()))[0]
    wanted = {AttemptStatus.CAPTURED} if action is AttemptAction.CHARGE_BACK else OPEN
    fitting = [each for each in attempts if each.status in wanted]
    if action is AttemptAction.CHARGE_BACK:
        disputed = {order.payment_number for order in world.all_orders() if order.status is Status.DISPUTED}
        fitting = [each for each in fitting if each.payment_number in disputed] or fitting[-2:]
    attempt = dice.choice(fitting if fitting and dice.random() < 0.8 else attempts)
    return _webhook(world, attempt, action, dice)


def _webhook(world: World, attempt: Attempt, action: AttemptAction, dice: Random) -> Webhook:
    amount, currency = _amount(attempt, dice)
    number = len(world.reported_by_bank)
    known = dice.random() < 0.98
    reason = "bank_declined" if action is AttemptAction.FAIL else None
    of = (attempt.id if known else NOBODY, f"transaction-{number}", amount, currency, reason)
    event = ProviderEvent(PROVIDER, f"event-{number}", action, *of)
    return Webhook(event, f"body {number}".encode(), attempt.payment_number if known else None)


def _amount(attempt: Attempt, dice: Random) -> tuple[int, str]:
    if dice.random() < 0.85:
        return attempt.amount, attempt.currency
    other = dice.choice((attempt.amount + 500, max(attempt.amount - 500, 1), attempt.amount * 2, 1))
    return other, attempt.currency if dice.random() < 0.8 else "EUR"


def _orders(world: World, webhook: Webhook) -> tuple[str, ...]:
    return tuple(line.number for line in world.payments.tables.lines_of(webhook.payment_number or ""))
