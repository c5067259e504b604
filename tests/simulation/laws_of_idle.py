"""What must hold between the services when nobody has anything left to do."""

from collections import Counter
from dataclasses import replace

from services.chat.domain.excerpt import DISPUTE_ROWS
from services.disputes.domain.case import Case, current
from services.disputes.domain.case import State as CaseState
from services.disputes.domain.conduct import SUSPENDED
from services.orders.domain import deadlines
from services.orders.domain.actions import next_actions
from services.orders.domain.order import UNPAID, Order, Status
from services.orders.domain.request import Role
from services.orders.domain.transition import expire
from services.payments.domain.account_status import AccountStatus
from services.payments.domain.attempt import AttemptAction, AttemptStatus
from services.payments.domain.ledger import Account, EntryType, Kind, escrow, provider
from services.payments.domain.line import LineState
from services.payments.domain.methods import BALANCE
from services.payments.domain.settlement import reference
from services.scheduler.domain.timers import State
from tests.simulation.bank import PROVIDER
from tests.simulation.faults import must
from tests.simulation.laws_of_ledger import Auditor
from tests.simulation.traders import LISTINGS
from tests.simulation.world import World
from tests.support.memory.disputes import TIMEOUTS

BACK_ON_SALE = frozenset({Status.EXPIRED, Status.DELETED})
UNPAYABLE = {LineState.EXPIRED: Status.EXPIRED, LineState.DELETED: Status.DELETED}


def check(world: World, auditor: Auditor) -> None:
    """All services agree, and every cent and every deadline is where it belongs."""
    for inbox in world.inboxes.values():
        for (queue, _), failed in inbox.failed.items():
            what = f"{queue} can't handle {failed.message.event}: {failed.error}"
            must(False, "every message is handled in the end", what, failed.message.subject)
    for (queue, message_id), times in world.acted.items():
        must(times == 1, "a message acts once", f"{message_id} acted {times} times on {queue}")
    for order in world.all_orders():
        _check_money(world, auditor, order)
        _check_pay(world, order)
        _check_clock(world, order)
        _check_case(world, order)
    for case in world.disputes.tables.cases.values():
        _check_case_clock(world, case)
    _check_settled(world)
    _check_holds(world)
    _check_dispositions(world)
    _check_incoming(world)
    _check_bank(world)
    _check_account_statuses(world)
    _check_stock(world)


def _check_money(world: World, auditor: Auditor, order: Order) -> None:
    number, flow, tables = order.number, auditor.flows[order.number], world.payments.tables
    held = tables.balances.get((escrow(number), order.currency), 0)
    must(held == order.held, "escrow holds what orders says", f"{number}: {held}, not {order.held}", number)
    paid = 0 if order.status in UNPAID else order.amount
    must(flow.paid == paid, "an order is funded when it is paid", f"{number}: {flow.paid}", number)
    same = flow.refunded == order.refunded_amount
    must(same, "the ledger refunds what orders decided", f"{number}: {flow.refunded}", number)
    row = tables.lines.get(number)
    must(row is not None, "payments knows every order", number, number)
    assert row is not None
    line = row.line
    must((line.state is LineState.PAID) == (paid > 0), "a line is paid when its order is", number, number)
    fits = line.state not in UNPAYABLE or UNPAYABLE[line.state] is order.status
    must(fits, "a line is closed as its order is", f"{number}: {line.state}, {order.status}", number)
    taken = f"{number}: {line.charged_back} of {held}"
    must(line.charged_back <= held, "a bank's share waits in its order's escrow", taken, number)
    if line.charged_back:
        result = order.charged_back and order.status is Status.DISPUTED
        must(result, "after a charge-back support decides", f"{number} is {order.status}", number)


def _check_pay(world: World, order: Order) -> None:
    """The buyer's `pay` is allowed exactly when an attempt for the order would be (rules 6.3)."""
    at, suspended = world.clock.now(), world.orders.tables.is_suspended(order.buyer)
    expiry = expire(order, at)
    acts = next_actions(expiry.after if expiry else order, Role.BUYER, at, suspended=suspended)
    pay = next(each.allowed for each in acts if each.name == "pay")
    tables = world.payments.tables
    payment = replace(tables.payments[order.payment_number], lines=tables.lines_of(order.payment_number))
    suspended = tables.account_statuses.get(order.buyer, AccountStatus(order.buyer)).suspended
    line = payment.line(order.number)
    open_ = line is not None and line.state is LineState.PAYABLE and payment.refusal(at) is None
    what = f"{order.number} is {order.status}, pay is {pay}, its line is {line and line.state}"
    must(pay == (open_ and not suspended), "pay and the attempts route agree", what, order.number)


def _check_clock(world: World, order: Order) -> None:
    row = world.scheduler.tables.timers.get(("orders", order.number))
    must(row is not None, "the scheduler knows every deadline", order.number, order.number)
    assert row is not None
    clock = deadlines.current(order)
    what = f"{order.number} ({order.status}) has {clock}, the scheduler {row}"
    if clock is None:
        must(row.state is not State.PENDING, "no timer without a clock", what, order.number)
        return
    timer = row.timer
    known = row.state is State.PENDING and timer is not None and timer.due_at == clock.due_at
    must(known and row.generation == order.generation, "every clock has its timer", what, order.number)


def _check_case(world: World, order: Order) -> None:
    case = next((each for each in world.disputes.tables.cases.values() if each.number == order.number), None)
    if order.dispute_id is None:
        must(case is None, "no case without a dispute", order.number, order.number)
        return
    must(case is not None, "every dispute has its case", order.number, order.number)
    assert case is not None
    _check_excerpt(world, order.number)
    fits = (case.state is CaseState.CLOSED) == (order.status is not Status.DISPUTED)
    must(fits, "a case is closed with its order", f"{order.number}: {case.state}, {order.status}", order.number)
    cause = "charged_back" if order.charged_back else "escalated"
    knows = case.cause == cause or case.state is CaseState.CLOSED  # it may be closed before a charge-back arrives
    must(knows, "a case knows its cause", f"{order.number}: {case.cause}", order.number)
    if case.state is CaseState.CLOSED and case.ruling is not None and not case.overtaken:
        got = order.refunded_amount - (order.amount - case.held)
        what = f"{order.number}: the buyer got {got}, ruled was {case.ruling.buyer_amount} of {case.held}"
        must(got == case.ruling.buyer_amount, "a ruling is executed as ruled", what, order.number)


def _check_excerpt(world: World, number: str) -> None:
    """A case has its excerpt in all its parts, and the log of its order up to the dispute."""
    tables = world.disputes.tables
    parts = [part for (of, _), part in tables.parts.items() if of == number]
    whole = bool(parts) and {part.part for part in parts} == set(range(1, parts[0].parts + 1))
    must(whole and number not in tables.waiting, "a case has the whole excerpt", f"{number}: {parts}", number)
    lines = [line for line in world.chat.tables.lines.values() if line.number == number]
    taken = min(line.seq for line in lines if line.row in DISPUTE_ROWS)
    known = {entry.seq for (of, _), entry in tables.entries.items() if of == number and entry.kind != "message"}
    must(known == set(range(1, taken + 1)), "a case has the log of its order", f"{number}: {sorted(known)}", number)


def _check_case_clock(world: World, case: Case) -> None:
    clock = current(case, TIMEOUTS)
    row = world.scheduler.tables.timers.get(("disputes", str(case.id)))
    due = row.timer.due_at if row is not None and row.state is State.PENDING and row.timer is not None else None
    right = due == (clock.due_at if clock is not None else None)
    must(right, "every case has its timer", f"{case.number} has {clock}, the scheduler {row}", case.number)


def _check_settled(world: World) -> None:
    """The history of an order shows which transitions moved money, and only these."""
    booked = {entry.reference for entry in world.payments.tables.entries if entry.story is EntryType.SETTLEMENT}
    shown = {reference(*key) for key in world.orders.tables.settled}
    must(booked == shown, "the history shows what was settled", str(sorted(booked ^ shown)))


def _check_holds(world: World) -> None:
    """What was only authorised is given back once nothing of its payment can be paid any more (rules 6.5)."""
    tables = world.payments.tables
    for attempt in tables.attempts.values():
        open_ = any(line.state is LineState.PAYABLE for line in tables.lines_of(attempt.payment_number))
        held_on = attempt.status in (AttemptStatus.AUTHORISED, AttemptStatus.VOID_PENDING) and not open_
        must(not held_on, "a hold is given back", f"{attempt.payment_number}: {attempt.status}", attempt.payment_number)


def _check_dispositions(world: World) -> None:
    """Every message of the provider about captured money led to one disposition, with a reason (rules 6.6)."""
    tables = world.payments.tables
    booked = [row.captured for row in tables.captures.values() if row.captured.provider == PROVIDER]
    found = Counter(each.transaction_id for each in booked)
    for webhook in world.reported_by_bank:
        event = webhook.event
        stored = tables.webhooks.get((PROVIDER, event.event_id))
        if event.action is AttemptAction.CAPTURE and stored is not None:
            times = found[event.transaction_id]
            must(times == 1, "captured money has one disposition", f"{event.event_id}: {times}", event.transaction_id)
    for row in tables.captures.values():
        must(bool(row.verdict.reason), "a disposition has a reason", str(row))


def _check_incoming(world: World) -> None:
    tables = world.payments.tables
    for (account, currency), balance in tables.balances.items():
        if account.kind is Kind.INCOMING:
            must(balance == 0, "no money waits for an answer", f"{account}: {balance} {currency}", account.owner)
    must(not tables.waiting, "no settlement waits for its money", str(list(tables.waiting)))
    for number in world.disputes.tables.closings:
        case_comes = world.orders.tables.orders[number].dispute_id is not None
        must(not case_comes, "no closing waits for its case", number, number)


def _check_bank(world: World) -> None:
    """What the bank owes us is what it captured, less what it took or got back; the rest of that waits in escrow."""
    tables = world.payments.tables
    owed: Counter[str] = Counter()
    for row in tables.captures.values():
        if row.captured.provider != BALANCE:
            owed[row.captured.currency] += row.captured.amount
    for back in tables.charge_backs.values():
        if back.capture_id is not None:
            of = tables.captures[back.capture_id].captured
            must((of.provider, of.currency) == (back.provider, back.currency), "a bank takes its own money", str(back))
            must(back.waiting == 0, "every charge-back has found who bears it", str(back))
            owed[of.currency] -= back.amount
    for row in tables.captures.values():
        taken = sum(back.amount for back in tables.charge_backs.values() if back.capture_id == row.id)
        must(taken <= row.captured.amount, "a bank takes back at most what it captured", f"{row.id}: {taken}")
    for order in world.all_orders():
        owed[order.currency] += tables.lines[order.number].line.charged_back
    for item, resolution, _ in tables.review_items.values():
        owed[item.currency] -= item.amount if resolution == "return" else 0
    for currency, amount in owed.items():
        booked = -tables.balances.get((provider(PROVIDER), currency), 0)
        must(booked == amount, "the books agree with the bank", f"{currency}: {booked} booked, {amount} at the bank")


def _check_account_statuses(world: World) -> None:
    tables = world.payments.tables
    counted = Counter(each.user for each in world.disputes.tables.offences.values() if not each.annulled)
    for user, account in world.disputes.tables.accounts.items():
        same = account.offences == counted[user]
        must(same, "every offence counts once", f"{user}: {account.offences}, not {counted[user]}", user)
        suspended = account.status in SUSPENDED
        must(world.orders.tables.is_suspended(user) == suspended, "orders knows who is suspended", user, user)
        consumed = tables.account_statuses.get(user, AccountStatus(user))
        same = (consumed.suspended, consumed.frozen) == (suspended, account.frozen)
        must(same, "payments knows who is suspended and frozen", f"{user}: {consumed}, {account}", user)
        out = (Kind.BUYER_BALANCE, Kind.SELLER_AVAILABLE)
        away = out if account.frozen else (Kind.FROZEN_BALANCE, Kind.FROZEN_AVAILABLE)
        for (of, currency), balance in tables.balances.items():
            here = of in [Account(kind, user) for kind in away]
            must(
                not here or balance == 0, "money is frozen exactly with its owner", f"{of}: {balance} {currency}", user
            )


def _check_stock(world: World) -> None:
    """What an undelivered refund gives back depends on its reason; everything else is certain."""
    for given in LISTINGS:
        sold = [each for each in world.all_orders() if each.listing_id == given.listing_id]
        gone = [each for each in sold if each.status not in BACK_ON_SALE]
        unsure = [each for each in gone if each.status is Status.REFUNDED and each.delivered_at is None]
        most = sum(each.quantity for each in gone)
        least = most - sum(each.quantity for each in unsure)
        missing = given.stock - world.orders.tables.listings[given.listing_id].stock
        must(
            least <= missing <= most, "stock is sold or on sale", f"{given.listing_id}: {missing} of {least} to {most}"
        )
