"""Buyers and sellers: they order, pay, perform every action, and write what they should not."""

from random import Random

from services.orders.commands import checkout, listings, orders, reviews
from services.orders.domain import lifecycle
from services.orders.domain.listing import Category, DeliveryMethod, Listing, State
from services.orders.domain.order import FINAL, UNPAID, Order, Status
from services.orders.domain.request import Action, ActionInput, Outcome, Role
from services.orders.domain.review import TABLE as REVIEWS
from services.orders.domain.review import ReviewInput
from services.payments import commands as payments
from services.payments.domain.line import LineState
from services.payments.domain.methods import FROM_BALANCE, Method, Tariff
from shared.actor import Actor
from tests.simulation.world import NUMBERS, World
from tests.support.memory import drive

BUYERS = ("ann", "bob", "sue")
SUPPORT = ("olga", "pete")
CARD = Method("card", "card", "sandbox", (Tariff(None, fee_rate=110),), can_dispute=True)
WISHES = {
    Action.DELIVER: 5.0,
    Action.REQUEST_REFUND: 5.0,
    Action.REFUSE_REFUND: 5.0,
    Action.ESCALATE: 6.0,
    Action.AGREE_REFUND: 1.5,
    Action.CANCEL_REFUND_REQUEST: 1.0,
    Action.CONFIRM: 1.0,
    Action.REFUND: 0.5,
    Action.FORCE_DECISION: 0.3,
    Action.DELETE: 0.2,
}
"""How often each action is chosen: those that keep an order open more than those that end it."""
SIDES = {Role.BUYER, Role.SELLER, Role.SUPPORT}
PARTY_ACTIONS = tuple(
    {(row.action, row.role): None for row in lifecycle.TABLE if row.action in WISHES and row.role in SIDES}
)


def _listing(listing_id: str, seller: str, price: int, currency: str, category: Category = Category.ITEM) -> Listing:
    method, declared = DeliveryMethod.IN_GAME_TRADE, category is Category.ACCOUNT
    text = ("Something good", "Handed over in the game.", category)
    return Listing(listing_id, seller, *text, price, currency, 6, method, 24, State.LIVE, declared, 0)


LISTINGS = (
    _listing("sword", "sam", 100_00, "MYR"),
    _listing("account", "sam", 250_00, "MYR", Category.ACCOUNT),
    _listing("potion", "sue", 33_33, "MYR"),
    _listing("rune", "tia", 12_345, "KWD"),
    _listing("crown", "kim", 33_001, "KRW"),
)


def open_shops(world: World) -> None:
    """Every seller puts something up for sale."""

    async def put() -> None:
        async with world.orders.transaction() as work:
            for listing in LISTINGS:
                await listings.put(work, listing)

    drive(put())


def order(world: World, dice: Random) -> None:
    """A buyer orders one or more pieces of one or more listings; a time-out may have to free the stock first."""
    buyer = dice.choice(BUYERS)
    first = dice.choice(LISTINGS)
    alike = [each for each in LISTINGS if each.currency == first.currency]
    chosen = alike if dice.random() < 0.3 else [first]
    lines = [checkout.Line(each.listing_id, dice.choice((1, 1, 1, 2, 3)), {}) for each in chosen]
    text = f"{buyer} orders {', '.join(f'{line.quantity} {line.listing_id}' for line in lines)}"
    done = world.run(
        world.orders, text, (buyer,), lambda work: checkout.place(work, NUMBERS, Actor(buyer), lines), dice
    )
    if isinstance(done, checkout.Checkout):
        numbers = [each.number for each in done.orders]
        world.report_event(
            f"{buyer} has ordered {', '.join(numbers)} in {done.payment_number}", done.payment_number, *numbers
        )


def pay(world: World, dice: Random, *, newest: bool = False) -> None:
    """A buyer chooses how to pay; now and then somebody else's payment, or one that is over."""
    known = list(world.payments.tables.payments.values())
    lines = world.payments.tables.lines_of
    unpaid = [each for each in known if any(line.state is LineState.PAYABLE for line in lines(each.number))]
    if not known:
        return
    payment = known[-1] if newest else dice.choice(unpaid if unpaid and dice.random() < 0.9 else known)
    user = payment.buyer if dice.random() < 0.95 else dice.choice(BUYERS)
    method = FROM_BALANCE if dice.random() < 0.25 else CARD
    choice = payments.Choice(Actor(user), method, proved=dice.random() < 0.95)
    text = f"{user} pays {payment.number} by {method.name}"
    world.run(
        world.payments, text, (user, payment.number), lambda work: payments.attempt(work, payment.number, choice), dice
    )


def perform(world: World, dice: Random) -> None:
    """Somebody performs an action of an order: mostly one that works, sometimes any."""
    found = _some_order(world, dice)
    if found is None:
        return
    here = lifecycle.place(found.status, found.stage)
    works = [
        (row.action, row.role)
        for row in lifecycle.TABLE
        if here in row.sources and (row.action, row.role) in PARTY_ACTIONS
    ]
    acts = works if works and dice.random() < 0.85 else list(PARTY_ACTIONS)
    action, role = dice.choices(acts, [WISHES[action] for action, _ in acts])[0]
    who = {Role.BUYER: found.buyer, Role.SELLER: found.seller}.get(role) or dice.choice(SUPPORT)
    by = Actor(who, "support" if role is Role.SUPPORT else "user") if dice.random() < 0.97 else Actor("eve")
    given = _given(found, action, role, dice)
    text = f"{by.user} asks {found.number} ({found.status}) to {action}"
    text += f" {given.amount}" if given.amount is not None else ""
    world.run(world.orders, text, (found.number, who), lambda work: orders.perform(work, found.number, by, given), dice)


def review(world: World, dice: Random) -> None:
    """Somebody says something about a completed order."""
    done = [each for each in world.all_orders() if each.status is Status.COMPLETED]
    if not done:
        return
    found = dice.choice(done)
    row = dice.choice(REVIEWS)
    action, given = row.action, ReviewInput(row.action, row.role, "as agreed", dice.randrange(1, 6))
    who = {Role.BUYER: found.buyer, Role.SELLER: found.seller}.get(given.role, SUPPORT[0])
    by = Actor(who, "support" if given.role is Role.SUPPORT else "user")
    world.run(
        world.orders,
        f"{who} asks {found.number} to {action}",
        (found.number,),
        lambda work: reviews.perform(work, found.number, by, given),
        dice,
    )


def write_contact(world: World, dice: Random) -> None:
    """A seller writes an address into a listing, mostly a new one, sometimes the same again."""
    listing = dice.choice(LISTINGS)
    text = f"Write to shop{dice.randrange(6)}@example.com"
    known = world.orders.tables.listings[listing.listing_id]
    wanted = Listing(**{**{name: getattr(known, name) for name in Listing.__dataclass_fields__}, "description": text})
    result = f"{listing.seller} writes {text!r} into {listing.listing_id}"
    world.run(world.orders, result, (listing.seller,), lambda work: listings.put(work, wanted), dice)


def _some_order(world: World, dice: Random) -> Order | None:
    known = world.all_orders()
    alive = [each for each in known if each.status not in FINAL | UNPAID]
    pool = alive if dice.random() < 0.95 else known
    return dice.choice(pool) if pool else None


def _given(found: Order, action: Action, role: Role, dice: Random) -> ActionInput:
    reason = "out_of_stock" if action is Action.REFUND and dice.random() < 0.5 else "other"
    amount = None
    if action is Action.REQUEST_REFUND and dice.random() < 0.6:
        amount = dice.choice((1, max(found.held * 3 // 10, 1), max(found.held - 1, 1), found.held, found.held + 1, 0))
    outcome = dice.choice((Outcome.REFUND, Outcome.COMPLETE)) if action is Action.FORCE_DECISION else None
    words = None if dice.random() < 0.03 else "as it was"
    return ActionInput(action, role, reason if words else None, words, amount, None, outcome)
