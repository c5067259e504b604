"""Scenarios of orders as clients play them, and what each must have come to in the end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.client.http import Answer
from deploy.client.person import Person
from deploy.drill.client import Client
from shared.clock import monotonic
from shared.money import settle

CURRENCY = "MYR"
LOOK_SECONDS = (0.1, 0.2, 0.5, 1.0)
WAIT_SECONDS = 120.0
"""How long a scenario waits for what follows from an accepted command."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a buyer and a seller do after the order is placed, and how it ends."""

    name: str
    steps: tuple[str, ...]
    played: str
    """The status after its last step."""
    end: str
    """The status when every deadline has expired."""


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
    """A buyer and a seller who trade with each other, their support, and what they must own in the end."""

    buyer: Person
    seller: Person
    support: Person
    listing_id: str
    price: int
    lifecycles: list["Lifecycle"] = field(default_factory=list)

    def money(self) -> tuple[int, int]:
        """The buyer's balance and the seller's income when every deadline has expired."""
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
    """How many steps are done."""

    @property
    def over(self) -> bool:
        """Whether nobody does anything more."""
        return bool(self.number) and self.done == len(self.scenario.steps)

    async def begin(self, client: Client) -> None:
        """The buyer checks out."""
        placed = client.accepted(await self.pair.buyer.checks_out(self.pair.listing_id))
        self.number, self.payment_number = placed["orders"][0]["number"], placed["payment_number"]

    async def step(self, client: Client) -> None:
        """Take the next step; returns when it was accepted and what the scenario waits for has happened."""
        name = self.scenario.steps[self.done]
        if name in _LONGER:
            await _LONGER[name](self, client)
        else:
            client.accepted(await _ACTIONS[name](self.pair, self.number))
        self.done += 1

    async def live(self, client: Client) -> None:
        """Take all steps that are left."""
        if not self.number:
            await self.begin(client)
        while not self.over:
            await self.step(client)

    async def pay(self, client: Client) -> None:
        """Pay, from the balance if it is large enough; wait until the order is paid."""
        attempt = await self._attempt(client)
        if not self.from_balance:
            event = {"action": "capture", "event_id": f"evt_{uuid4().hex}", "transaction_id": f"txn_{uuid4().hex}"}
            client.accepted(await self.pair.buyer.posts(f"/sandbox/payments/{attempt['attempt_id']}", event))
        await self._until(client, "waiting_delivery")

    async def escalate(self, client: Client) -> None:
        """The buyer brings the case before support."""
        self.dispute_id = str(client.accepted(await self.pair.buyer.escalates(self.number))["dispute_id"])

    async def decide(self, client: Client) -> None:
        """Support decides; wait until the order is refunded."""
        ruling = {"outcome": "buyer_wins", "reason": "The picture shows a dagger."}
        path = f"/disputes/{self.dispute_id}/decision"
        client.accepted(await _until_known(lambda: self.pair.support.posts(path, ruling)))
        await self._until(client, "refunded")

    async def _attempt(self, client: Client) -> Any:
        """Begin to pay, with a card when the balance is too small."""
        buyer = self.pair.buyer
        if self.prefers_balance:
            answer = await _until_known(lambda: buyer.pays_from_balance(self.payment_number))
            self.from_balance = answer.code != "balance_insufficient"
            if self.from_balance:
                return client.accepted(answer)
        return client.accepted(await _until_known(lambda: buyer.attempts(self.payment_number)))

    async def _until(self, client: Client, status: str) -> None:
        until, pauses = monotonic() + WAIT_SECONDS, iter(LOOK_SECONDS)
        path = f"/orders/{self.number}"
        while (seen := client.accepted(await self.pair.buyer.gets(path))["status"]) != status:
            if monotonic() > until:
                raise client.wrong(f"{self.number} was paid and is {seen} after {WAIT_SECONDS:.0f} s")
            await asyncio.sleep(next(pauses, LOOK_SECONDS[-1]))


_ACTIONS: dict[str, Callable[[Pair, str], Awaitable[Answer]]] = {
    "deliver": lambda pair, number: pair.seller.delivers(number),
    "confirm": lambda pair, number: pair.buyer.confirms(number),
    "refund": lambda pair, number: pair.seller.gives_back(number),
    "ask_back": lambda pair, number: pair.buyer.requests_refund(number, reason="not_as_described"),
    "agree": lambda pair, number: pair.seller.agrees(number),
    "refuse": lambda pair, number: pair.seller.refuses(number),
    "delete": lambda pair, number: pair.buyer.deletes(number),
}
_LONGER: dict[str, Callable[[Lifecycle, Client], Awaitable[None]]] = {
    "pay": Lifecycle.pay,
    "escalate": Lifecycle.escalate,
    "decide": Lifecycle.decide,
}


async def _until_known(send: Callable[[], Awaitable[Answer]]) -> Answer:
    """Send a command to a service that may not know of the order yet, each time under a new key."""
    until = monotonic() + WAIT_SECONDS
    while (answer := await send()).status == 404 and monotonic() < until:
        await asyncio.sleep(LOOK_SECONDS[-1])
    return answer
