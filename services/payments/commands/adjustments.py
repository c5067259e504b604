"""Support gives goodwill or declares money forfeited; a large amount needs a second person (rules 7.8)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.payments.domain.adjustment import (
    FORFEITED_FIRST,
    Adjustment,
    AdjustmentAction,
    AdjustmentKind,
    AdjustmentState,
    apply,
    first_state,
)
from services.payments.domain.ledger import Account, Kind
from services.payments.refusals import PaymentsRefusal
from services.payments.unit_of_work import PaymentsWork
from shared.actor import Actor
from shared.ids import new_id
from shared.refusals import Refusal, Refused, conflict_of_interest
from shared.texts import has_text


@dataclass(frozen=True, slots=True)
class AdjustmentRequest:
    """What somebody of support asks for."""

    actor: Actor
    kind: AdjustmentKind
    user: str
    amount: int
    """In minor units."""
    currency: str
    reason: str | None
    alone_max: int
    """The largest amount of this currency that one person may decide alone, in minor units."""


async def adjust(work: PaymentsWork, request: AdjustmentRequest) -> Adjustment | Refused:
    """Book an adjustment, or store it as pending where it needs a second person.

    Refused with `not_a_party` (about oneself), `reason_required`, and `balance_insufficient` for a forfeit of more than
    the user has.
    """
    if (own := conflict_of_interest(request.actor.accounts, request.user)) is not None:
        return Refused(own)
    if not has_text(request.reason):
        return Refused(Refusal.REASON_REQUIRED)
    at, needs_second = await work.now(), request.amount > request.alone_max
    made = Adjustment(
        id=new_id(),
        kind=request.kind,
        user=request.user,
        amount=request.amount,
        currency=request.currency,
        reason=request.reason or "",
        requested_by=request.actor.user,
        requested_at=at,
        needs_second=needs_second,
        state=first_state(needs_second),
    )
    if made.state is AdjustmentState.BOOKED and (refused := await _book(work, made, at)) is not None:
        return refused
    await work.adjustments.add(made)
    _log(work, made, request.actor)
    return made


async def decide(
    work: PaymentsWork, adjustment_id: UUID, action: AdjustmentAction, actor: Actor
) -> Adjustment | Refused:
    """A second person approves a pending adjustment, which books it, or rejects it; whoever asked may take it back.

    Refused with `not_found`, `not_a_party` (about oneself, or an approval of what one asked for), `wrong_status`, and
    `balance_insufficient`, after which it is still pending.
    """
    locked = await work.adjustments.lock(adjustment_id)
    if locked is None:
        return Refused(Refusal.NOT_FOUND)
    found, at = locked
    first = found.requested_by if action is AdjustmentAction.APPROVE else None
    if (own := conflict_of_interest(actor.accounts, found.user, first)) is not None:
        return Refused(own)
    after = apply(found, action, actor.user, at)
    if after is None:
        return Refused(Refusal.WRONG_STATUS, {"state": found.state})
    if after.state is AdjustmentState.BOOKED and (refused := await _book(work, after, at)) is not None:
        return refused
    await work.adjustments.save(after)
    _log(work, after, actor)
    return after


async def _book(work: PaymentsWork, made: Adjustment, at: datetime) -> Refused | None:
    """Book it; `balance_insufficient`, and nothing booked, where a forfeit is more than there is."""
    balances = await _balances(work, made) if made.kind is AdjustmentKind.FORFEIT else {}
    if made.kind is AdjustmentKind.FORFEIT and sum(made.takings(balances).values()) < made.amount:
        held = {"amount": sum(balances.values()), "currency": made.currency}
        return Refused(PaymentsRefusal.BALANCE_INSUFFICIENT, {"balance": held})
    booked = await work.ledger.book(made.entry(balances, at))
    assert booked, "an adjustment is booked once, under a reference of its own"
    return None


async def _balances(work: PaymentsWork, made: Adjustment) -> dict[Kind, int]:
    """All that the user has in the currency, locked: no freeze moves it meanwhile from one account to another."""
    await work.account_statuses.lock(made.user)
    found = await work.ledger.lock_balances([Account(kind, made.user) for kind in FORFEITED_FIRST])
    return found.get(made.currency, {})


def _log(work: PaymentsWork, made: Adjustment, actor: Actor) -> None:
    about = {"adjustment_id": str(made.id), "kind": made.kind, "user": made.user, "by": actor.user}
    work.log(f"adjustment.{made.state}", **about, amount=made.amount, currency=made.currency)
