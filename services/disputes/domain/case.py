"""A dispute case and its lifecycle as one table (rules 5). Support rules, orders executes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.actor import Actor
from shared.refusals import Refusal, RefusalCode
from shared.texts import has_text


class State(StrEnum):
    """The state of a case."""

    OPEN = "open"  # support investigates
    DECIDED = "decided"  # support has ruled, orders has not applied it yet
    CLOSED = "closed"  # the order is closed


class Outcome(StrEnum):
    """How a case ended; the first three are support's."""

    BUYER_WINS = "buyer_wins"
    SELLER_WINS = "seller_wins"
    SPLIT = "split"
    SELLER_AGREED = "seller_agreed"
    WITHDRAWN = "withdrawn"


CHARGED_BACK = "charged_back"
"""The cause that replaces an escalation: nothing replaces it."""


class Action(StrEnum):
    """Actions on a case."""

    OPEN = "open"
    ADD_EVIDENCE = "add_evidence"
    ASSIGN = "assign"
    DECIDE = "decide"
    CLOSE = "close"
    REMIND = "remind"
    ESCALATE = "escalate"
    CHARGE_BACK = "charge_back"


class Role(StrEnum):
    """Who takes a step: a party, support, the order's own event, or an expired deadline."""

    BUYER = "buyer"
    SELLER = "seller"
    SUPPORT = "support"
    ORDER = "order"
    CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What support decided, once; `buyer_amount` is what the buyer gets, in minor units."""

    outcome: Outcome
    buyer_amount: int
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseTimeouts:
    """After how many seconds an idle case is reminded of, and an open one escalated; no outcome depends on it."""

    reminder: int
    escalation: int


@dataclass(frozen=True, slots=True)
class Case:
    """One case of one order. Amounts are minor units; `held` is what escrow held when it was opened."""

    id: UUID
    number: str
    buyer: str
    seller: str
    held: int
    currency: str
    cause: str
    state: State
    version: int
    generation: int
    opened_at: datetime
    active_at: datetime
    """When something last happened: opened, evidence, assignment, decision, reminder."""
    assigned_to: str | None = None
    ruling: Ruling | None = None
    outcome: Outcome | None = None
    overtaken: bool = False
    reminders: int = 0
    escalated_at: datetime | None = None
    closed_at: datetime | None = None

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert self.held >= 0, "escrow is never negative"
        assert self.state is not State.DECIDED or self.ruling is not None, "decided means ruled"
        assert (self.state is State.CLOSED) == (self.outcome is not None), "closed exactly with an outcome"

    def role_of(self, actor: Actor) -> Role | None:
        """Which party of the case this is; None for others. An assistant has what its seller sells (rules 1.4)."""
        role = {self.buyer: Role.BUYER, self.seller: Role.SELLER}.get(actor.account)
        return None if actor.acting_for is not None and role is not Role.SELLER else role


@dataclass(frozen=True, slots=True)
class Opening:
    """What orders publishes about an order whose case is to be opened; `held` in minor units."""

    id: UUID
    number: str
    buyer: str
    seller: str
    held: int
    currency: str
    cause: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Deadline:
    """When support, or an operator, is notified that a case is idle."""

    kind: str
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request to a case; `at` is read under the case's lock."""

    action: Action
    role: Role
    at: datetime
    user: str | None = None
    outcome: Outcome | None = None
    buyer_amount: int | None = None
    currency: str | None = None
    reason: str | None = None
    by_row: str | None = None
    cause: str | None = None
    held: int | None = None
    """What escrow holds at a charge-back, in minor units."""


Guard = Callable[[Case, Request], RefusalCode | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number, the sources, the action and its roles, and the target."""

    id: str
    sources: tuple[State, ...]
    action: Action
    roles: tuple[Role, ...]
    target: State | None
    """None: the case stays where it is. `sources` is empty where there is no case before."""
    guards: tuple[Guard, ...] = ()


def explained(_case: Case, request: Request) -> RefusalCode | None:
    """A ruling has a reason in words."""
    return None if has_text(request.reason) else Refusal.REASON_REQUIRED


def amount_fits(case: Case, request: Request) -> RefusalCode | None:
    """A split says how much the buyer gets: between nothing and all that is held, in the order's currency.

    Any other ruling with an amount is refused: nothing that support writes is ignored.
    """
    amount = request.buyer_amount
    if request.outcome is not Outcome.SPLIT:
        return None if amount is None else Refusal.REFUND_AMOUNT_INVALID
    fits = amount is not None and 0 <= amount <= case.held and request.currency == case.currency
    return None if fits else Refusal.REFUND_AMOUNT_INVALID


def newly_charged_back(case: Case, request: Request) -> RefusalCode | None:
    """A charge-back changes the cause once; an escalation that arrives after it is older and changes nothing."""
    changes = request.cause == CHARGED_BACK and case.cause != CHARGED_BACK
    return None if changes else Refusal.WRONG_STATUS


S, A, R = State, Action, Role
OPENED = Row("C0", (), A.OPEN, (R.ORDER,), S.OPEN)
TABLE: tuple[Row, ...] = (
    OPENED,
    Row("C1", (S.OPEN,), A.ADD_EVIDENCE, (R.BUYER, R.SELLER, R.SUPPORT), None),
    Row("C2", (S.OPEN,), A.ASSIGN, (R.SUPPORT,), None),
    Row("C3", (S.OPEN,), A.DECIDE, (R.SUPPORT,), S.DECIDED, (amount_fits, explained)),
    Row("C4", (S.OPEN, S.DECIDED), A.CLOSE, (R.ORDER,), S.CLOSED),
    Row("C5", (S.OPEN,), A.REMIND, (R.CLOCK,), None),
    Row("C6", (S.OPEN,), A.ESCALATE, (R.CLOCK,), None),
    Row("C7", (S.OPEN, S.DECIDED), A.CHARGE_BACK, (R.ORDER,), None, (newly_charged_back,)),
)


def opened(opening: Opening) -> Case:
    """The case after C0."""
    assert OPENED.target is not None
    return Case(
        id=opening.id,
        number=opening.number,
        buyer=opening.buyer,
        seller=opening.seller,
        held=opening.held,
        currency=opening.currency,
        cause=opening.cause,
        state=OPENED.target,
        version=1,
        generation=1,
        opened_at=opening.at,
        active_at=opening.at,
    )


def decide(case: Case, request: Request) -> Row | RefusalCode:
    """The row that applies, or why none does."""
    rows = [row for row in TABLE if row.action is request.action and request.role in row.roles]
    row = next((row for row in rows if case.state in row.sources), None)
    if row is None:
        return Refusal.WRONG_STATUS
    return next((refusal for guard in row.guards if (refusal := guard(case, request)) is not None), row)


def apply(case: Case, request: Request, row: Row) -> Case:
    """The case after the row."""
    changes = _changes(case, request)
    return replace(case, version=case.version + 1, state=row.target or case.state, **changes)


def _changes(case: Case, request: Request) -> dict[str, Any]:
    active: dict[str, Any] = {"active_at": request.at}
    match request.action:
        case Action.DECIDE:
            active["ruling"] = _ruling(case, request)
        case Action.ASSIGN:
            active["assigned_to"] = request.user
        case Action.REMIND:
            active["reminders"] = case.reminders + 1
        case Action.CLOSE:
            overtaken = case.ruling is not None and request.by_row != "T26"
            return {"closed_at": request.at, "outcome": _ending(case, request), "overtaken": overtaken}
        case Action.ESCALATE:
            return {"escalated_at": request.at}
        case Action.CHARGE_BACK:
            return {"cause": request.cause, "held": request.held}
    return active


def current(case: Case, timeouts: CaseTimeouts) -> Deadline | None:
    """The next moment at which somebody is notified; a case never ends by itself (rules 5.7)."""
    if case.state is not State.OPEN:
        return None
    reminder = Deadline("reminder", case.active_at + timedelta(seconds=timeouts.reminder))
    if case.escalated_at is not None:
        return reminder
    escalation = Deadline("escalation", case.opened_at + timedelta(seconds=timeouts.escalation))
    return min(reminder, escalation, key=lambda deadline: deadline.due_at)


def _ruling(case: Case, request: Request) -> Ruling:
    """A split of nothing reads as the seller's, of all as the buyer's (rules 5.11)."""
    assert request.outcome is not None
    amount = {Outcome.BUYER_WINS: case.held, Outcome.SELLER_WINS: 0}.get(request.outcome, request.buyer_amount or 0)
    outcome = Outcome.SPLIT
    if amount == case.held:
        outcome = Outcome.BUYER_WINS
    elif amount == 0:
        outcome = Outcome.SELLER_WINS
    return Ruling(outcome, amount, request.reason or "", request.user or "", request.at)


def _ending(case: Case, request: Request) -> Outcome:
    if request.by_row == "T26" and case.ruling is not None:
        return case.ruling.outcome
    return Outcome.WITHDRAWN if request.by_row == "T25" else Outcome.SELLER_AGREED
