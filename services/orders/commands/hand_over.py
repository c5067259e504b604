"""Commands of the sealed hand-over of an account: the seller delivers with it, the buyer reveals it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from services.orders.commands.orders import OrderResult, expire_overdue, is_suspended, lock
from services.orders.commands.orders import perform as perform_action
from services.orders.domain import hand_over, parties
from services.orders.domain.order import Order
from services.orders.domain.request import Action, ActionInput, Role
from services.orders.refusals import OrdersRefusal
from services.orders.unit_of_work import OrdersWork
from shared.actor import Actor
from shared.refusals import Refusal, Refused
from shared.sealing import Sealer, Secrets, Unreadable
from shared.telemetry import metrics


@dataclass(frozen=True, slots=True)
class Revealed:
    """The order, and what its seller handed over, revealed at this business time."""

    order: Order
    secrets: Mapping[str, SecretStr]
    at: datetime


async def deliver(
    work: OrdersWork, number: str, actor: Actor, sealer: Sealer, secrets: Secrets
) -> OrderResult | Refused:
    """Deliver an account (T7, T11) with data that only its buyer may see; it is stored sealed, and only there."""
    action = ActionInput(Action.DELIVER, Role.SELLER, sealed=True)
    result = await perform_action(work, number, actor, action)
    if isinstance(result, OrderResult):
        await work.hand_overs.put(number, sealer.seal(number, secrets))
    return result


async def reveal(work: OrdersWork, number: str, actor: Actor, sealer: Sealer) -> Revealed | Refused:
    """Show the buyer what was handed over (H1), and write into the journal that it was shown.

    An overdue deadline of the order expires first. What no key opens is refused and not in the journal.
    """
    locked = await lock(work, number)
    if locked is None:
        return Refused(Refusal.ORDER_NOT_FOUND)
    if (stranger := parties.refusal(locked.order, actor, Role.BUYER)) is not None:
        return Refused(stranger)
    order = await expire_overdue(work, locked.order, locked.at)
    if await is_suspended(work, locked, actor):
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if (refusal := hand_over.refusal(order)) is not None:
        return Refused(refusal, {"status": str(order.status)})
    secrets = await _opened(work, order, sealer)
    if secrets is None:
        return Refused(OrdersRefusal.HAND_OVER_UNREADABLE)
    after = await work.hand_overs.reveal(order, actor.user, locked.at)
    work.on_commit(metrics.TRANSITIONS.labels("hand_over", hand_over.ROW).inc)
    work.log("hand_over.revealed", number=number, row=hand_over.ROW, user=actor.user)
    return Revealed(after, secrets, locked.at)


async def _opened(work: OrdersWork, order: Order, sealer: Sealer) -> Mapping[str, SecretStr] | None:
    sealed = await work.hand_overs.of(order.number)
    assert sealed is not None, "a sealed order has its hand-over"
    try:
        return sealer.open(order.number, sealed)
    except Unreadable as why:
        work.log_warning("hand_over.unreadable", number=order.number, key=sealed.key_id, reason=str(why))
        return None
