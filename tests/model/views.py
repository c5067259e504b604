"""The same facts read from both marketplaces: the order, its allowed actions, its log, and where the money is."""

import asyncio
from typing import Any

from tests.model.book import SIDE
from tests.model.lifecycle import Lifecycle
from tests.model.order import Order
from tests.model.player import Player
from tests.model.steps import clock

Facts = dict[str, Any]
PROVED = ("paid", "refunded", "net", "fee", "tax", "in_escrow")


def order_by_the_rules(lifecycle: Lifecycle) -> Facts:
    """What the model says about the order."""
    order, due, last = (
        lifecycle.order,
        lifecycle.order.clock(),
        lifecycle.order.requests[-1] if lifecycle.order.requests else None,
    )
    facts: Facts = {
        "status": order.status,
        "held": order.held,
        "refunded": order.refunded,
        "deadline": due and (due.kind, clock(due.due_at), due.outcome),
        "request": last and (last.stage, last.state, last.amount),
        "paid": _moment(order.paid_at),
        "delivered": _moment(order.delivered_at),
        "closed": _moment(order.closed_at),
        "history": [f"{row} {clock(at)}" for row, at in order.history],
    }
    if order.status == "refunding":
        facts["stage"] = order.requests[-1].stage
    for side in ("buyer", "seller", "support"):
        facts[f"the {side} may"] = {act: lifecycle.may(act) for act in SIDE if SIDE[act] == side}
    if order.paid_at < 0:
        facts["the seller may"] = "order_not_found"
    if lifecycle.may("request_refund") == "refund_too_early":
        facts["may ask from"] = clock(order.paid_at + order.book.before_request)
    return facts


async def order_as_seen(player: Player) -> Facts:
    """What the marketplace says about it; without its history while a deadline is overdue."""
    people, path = player.people, f"/orders/{player.number}"
    buyer, seller, support, shown = await asyncio.gather(
        people["buyer"].gets(path),
        people["seller"].gets(path),
        people["support"].gets(path),
        people["buyer"].gets(f"{path}/history"),
    )
    seen, moment = buyer.ok(), player.moment
    player.case = seen["dispute_id"] or player.case
    due, last = seen["deadline"], seen["refund_request"]
    facts: Facts = {
        "status": seen["status"],
        "held": seen["held"]["amount"],
        "refunded": seen["refunded_amount"]["amount"],
        "deadline": due and (due["kind"], moment(due["due_at"]), due["outcome"]),
        "request": last and (last["stage"], last["state"], last["requested_amount"]["amount"]),
        "paid": moment(seen["paid_at"]),
        "delivered": moment(seen["delivered_at"]),
        "closed": moment(seen["closed_at"]),
        "history": [f"{row['row']} {moment(row['at'])}" for row in shown.ok()["items"]],
        "stage": seen["refunding_stage"],
        "the buyer may": _actions(seen),
        "the seller may": seller.code or _actions(seller.body),
        "the support may": _actions(support.ok()),
        "may ask from": next((moment(each["available_at"]) for each in seen["actions"] if each["available_at"]), None),
    }
    if seen["pending"]:
        del facts["history"]
    return facts


def money_by_the_rules(lifecycle: Lifecycle) -> Facts:
    """Where the model says that the money is, and the stock; and the lines of the order's log."""
    facts: Facts = {
        "the buyer's wallet": lifecycle.buyer.wallet(sum(order.held for order in lifecycle.orders)),
        "the seller's wallet": lifecycle.seller.wallet(),
    }
    if lifecycle.payments and lifecycle.order.paid_at >= 0:
        facts["ledger"] = _proof(lifecycle.order)
    if lifecycle.payments:
        facts["an attempt would be made"] = lifecycle.order.no("pay") is None
        facts["the log"] = sorted(f"{row} {clock(at)}" for row, at in lifecycle.order.history)
    if lifecycle.store_open and not lifecycle.seller.suspended:
        facts["stock"] = lifecycle.stock
    return facts


async def money_as_seen(player: Player) -> Facts:
    """Where the marketplace says that it is."""
    currency, people = player.scenario.currency, player.people
    buyer, seller, shelf = await asyncio.gather(
        people["buyer"].wallet(currency),
        people["seller"].wallet(currency),
        people["nobody"].gets(f"/listings/{player.listing}"),
    )
    facts: Facts = {"the buyer's wallet": buyer, "the seller's wallet": seller}
    if shelf.status == 200:
        facts["stock"] = shelf.body["stock"]
    if player.payment:
        payment = (await people["buyer"].gets(f"/payments/{player.payment}")).ok()
        facts["an attempt would be made"] = payment["status"] == "waiting_payment"
    if player.number:
        written = (await people["buyer"].gets(f"/orders/{player.number}/log?limit=100")).ok()["items"]
        facts["the log"] = sorted(f"{line['row']} {player.moment(line['at'])}" for line in written)
        books = await people["buyer"].gets(f"/ledger/{player.number}")
        if books.status == 200:
            proof = books.body["proof"]
            facts["ledger"] = {**{name: proof[name]["amount"] for name in PROVED}, "holds": proof["holds"]}
    return facts


def differences(rules: Facts, seen: Facts) -> list[str]:
    """Each fact on which the two differ; a fact that only one of them has is left out."""
    found = []
    for name, expected in rules.items():
        if name in seen and seen[name] != expected:
            found += [f"  {name}:", f"    the rules say:      {expected}", f"    the marketplace is: {seen[name]}"]
    return found


def _moment(at: int) -> str | None:
    return None if at < 0 else clock(at)


def _actions(seen: Any) -> dict[str, str | None]:
    shown = {each["name"]: each["code"] for each in seen["actions"]}
    allowed = {each["name"]: each["allowed"] for each in seen["actions"]}
    assert allowed == {name: code is None for name, code in shown.items()}, (
        f"allowed and code differ: {seen['actions']}"
    )
    return {name: code for name, code in shown.items() if name in SIDE}


def _proof(order: Order) -> Facts:
    net, fee, tax = order.shares
    sums = dict(zip(PROVED, (order.price, order.refunded, net, fee, tax, order.held), strict=True))
    return {**sums, "holds": True}
