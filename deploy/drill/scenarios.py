"""Whole lives of orders as clients live them, and what each must have come to when everything is over."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.drill.client import Client, GivenUp, Person, Reply
from shared.clock import monotonic
from shared.money import settle

CURRENCY = "MYR"
LOOK_SECONDS = (0.1, 0.2, 0.5, 1.0)
WAIT_SECONDS = 120.0
"""How long a life waits for what follows by itself from what was accepted."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a buyer and a seller do after the order is placed, and how it ends; silences end by their deadline."""

    name: str
    steps: tuple[str, ...]
    rest: str
    """The status when nobody does anything more."""
    end: str
    """The status when every deadline has rung."""


SCENARIOS = (
    Scenario("paid, delivered, confirmed", ("pay", "deliver", "confirm"), "completed", "completed"),
    Scenario("the buyer never confirms", ("pay", "deliver"), "waiting_confirmation", "completed"),
    Scenario("the seller never delivers", ("pay",), "waiting_delivery", "refunded"),
    Scenario("the seller gives the money back", ("pay", "refund"), "refunded", "refunded"),
    Scenario("asked back, the seller agrees", ("pay", "deliver", "ask_back", "agree"), "refunded", "refunded"),
    Scenario(
        "disputed, the buyer wins",
        ("pay", "deliver", "ask_back", "refuse", "escalate", "decide"),
        "refunded",
        "refunded",
    ),
    Scenario("nobody pays", (), "waiting_payment", "expired"),
    Scenario("the buyer deletes it", ("delete",), "deleted", "deleted"),
)
WEIGHTS = (12, 1, 1, 3, 2, 2, 1, 1)


@dataclass(slots=True)
class Pair:
    """A buyer and a seller who trade with each other, who judges them, and what they must own in the end."""

    buyer: Person
    seller: Person
    support: Person
    listing_id: str
    price: int
    lifecycles: list["Lifecycle"] = field(default_factory=list)

    def money(self) -> tuple[int, int]:
        """The buyer's balance and the seller's income when every deadline has rung."""
        balance = income = 0
        for lifecycle in self.lifecycles:
            balance -= self.price if lifecycle.from_balance else 0
            balance += self.price if lifecycle.scenario.end == "refunded" else 0
            income += settle(self.price, 500, 800).net if lifecycle.scenario.end == "completed" else 0
        return balance, income


@dataclass(slots=True)
class Lifecycle:
    """One order, from its checkout to the last thing that anybody does."""

    pair: Pair
    scenario: Scenario
    prefers_balance: bool
    number: str = ""
    payment_number: str = ""
    dispute_id: str = ""
    from_balance: bool = False
    done: int = 0
    """How many steps of its story are behind it."""

    @property
    def over(self) -> bool:
        """Whether nobody does anything more."""
        return bool(self.number) and self.done == len(self.scenario.steps)

    async def begin(self, client: Client) -> None:
        """The buyer checks out."""
        lines = {"lines": [{"listing_id": self.pair.listing_id, "quantity": 1}]}
        placed = _accepted(client, "place", await client.command(self.pair.buyer, "place", "/checkouts", lines))
        self.number, self.payment_number = placed["orders"][0]["number"], placed["payment_number"]

    async def step(self, client: Client) -> None:
        """The next step of its story; ends when it was accepted and what the story goes on with has happened."""
        await _STEPS[self.scenario.steps[self.done]](self, client)
        self.done += 1

    async def live(self, client: Client) -> None:
        """Everything that is left of its story."""
        if not self.number:
            await self.begin(client)
        while not self.over:
            await self.step(client)

    async def pay(self, client: Client) -> None:
        """Pay, from the balance if there is enough in it; wait until the order knows."""
        attempt = await self._attempt(client)
        if not self.from_balance:
            told = {"action": "capture", "event_id": f"evt_{uuid4().hex}", "transaction_id": f"txn_{uuid4().hex}"}
            path = f"/sandbox/payments/{attempt['attempt_id']}"
            _accepted(client, "capture", await client.command(self.pair.buyer, "capture", path, told))
        await self._until(client, "waiting_delivery")

    async def deliver(self, client: Client) -> None:
        """The seller says that the goods are with the buyer."""
        await self._perform(client, self.pair.seller, "deliver")

    async def confirm(self, client: Client) -> None:
        """The buyer says that all is well: now the seller is paid."""
        await self._perform(client, self.pair.buyer, "confirm")

    async def refund(self, client: Client) -> None:
        """The seller gives all the money back."""
        why = {"reason": "out_of_stock", "description": "Sold out meanwhile."}
        await self._perform(client, self.pair.seller, "refund", why)

    async def ask_back(self, client: Client) -> None:
        """The buyer asks for the money back."""
        why = {"reason": "not_as_described", "description": "It is a dagger."}
        await self._perform(client, self.pair.buyer, "refund-request", why)

    async def agree(self, client: Client) -> None:
        """The seller gives in."""
        await self._perform(client, self.pair.seller, "refund-request/agree")

    async def refuse(self, client: Client) -> None:
        """The seller does not."""
        await self._perform(client, self.pair.seller, "refund-request/refuse", {"reason": "It is a sword."})

    async def escalate(self, client: Client) -> None:
        """The buyer calls support."""
        self.dispute_id = str((await self._perform(client, self.pair.buyer, "dispute"))["dispute_id"])

    async def decide(self, client: Client) -> None:
        """Support decides; wait until the order knows."""
        ruling = {"outcome": "buyer_wins", "reason": "The picture shows a dagger."}
        path = f"/disputes/{self.dispute_id}/decision"
        _accepted(client, "decide", await _until_known(client, self.pair.support, "decide", path, ruling))
        await self._until(client, "refunded")

    async def delete(self, client: Client) -> None:
        """Remove the unpaid order."""
        reply = await client.command(self.pair.buyer, "delete", f"/orders/{self.number}")
        _accepted(client, "delete", reply)

    async def _attempt(self, client: Client) -> Any:
        """Begin to pay, with a card when the balance is too small."""
        path = f"/payments/{self.payment_number}/attempts"
        if self.prefers_balance:
            body = {"method": "balance", "details": {"reauthentication": "it is me"}}
            reply = await _until_known(client, self.pair.buyer, "attempt", path, body)
            self.from_balance = reply.code != "balance_insufficient"
            if self.from_balance:
                return _accepted(client, "attempt", reply)
        body = {"method": "card", "details": {}}
        return _accepted(client, "attempt", await _until_known(client, self.pair.buyer, "attempt", path, body))

    async def _perform(self, client: Client, who: Person, action: str, body: dict[str, Any] | None = None) -> Any:
        return _accepted(client, action, await client.command(who, action, f"/orders/{self.number}/{action}", body))

    async def _until(self, client: Client, status: str) -> None:
        until, pauses = monotonic() + WAIT_SECONDS, iter(LOOK_SECONDS)
        while (seen := (await client.look(self.pair.buyer, f"/orders/{self.number}"))["status"]) != status:
            if monotonic() > until:
                raise _lost(client, f"{self.number} was paid and is {seen} after {WAIT_SECONDS:.0f} s")
            await asyncio.sleep(next(pauses, LOOK_SECONDS[-1]))


_STEPS: dict[str, Callable[[Lifecycle, Client], Awaitable[None]]] = {
    "pay": Lifecycle.pay,
    "deliver": Lifecycle.deliver,
    "confirm": Lifecycle.confirm,
    "refund": Lifecycle.refund,
    "ask_back": Lifecycle.ask_back,
    "agree": Lifecycle.agree,
    "refuse": Lifecycle.refuse,
    "escalate": Lifecycle.escalate,
    "decide": Lifecycle.decide,
    "delete": Lifecycle.delete,
}


async def _until_known(client: Client, who: Person, name: str, path: str, body: dict[str, Any]) -> Reply:
    """Ask a service that may not have heard of it yet, each time anew: a refusal is kept under its key."""
    until = monotonic() + WAIT_SECONDS
    while (reply := await client.command(who, name, path, body)).status == 404 and monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS[-1])
    return reply


def _accepted(client: Client, command: str, reply: Reply) -> Any:
    """Nobody acts against these clients, so every command of theirs must be accepted."""
    if not reply.yes:
        raise _lost(client, f"{command} was refused: {reply.status} {reply.body}")
    return reply.body


def _lost(client: Client, what: str) -> GivenUp:
    client.tally.wrong.append(what)
    return GivenUp(what)
