"""What a story is played with: a seller, a buyer, the clock, and the screen that shows what follows from each step."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.demo.gateway import Person
from deploy.demo.listening import Listener
from deploy.demo.screen import Screen

CURRENCY = "MYR"
HEARING_SECONDS = 0.05
"""The services are done when they have heard everything; we are nobody they wait for."""


@dataclass(slots=True)
class Stage:
    """One run of the demo; names and ids are fresh, so that it can be played again and again."""

    seller: Person
    buyer: Person
    clock: Person
    listener: Listener
    screen: Screen
    run: str = field(default_factory=lambda: uuid4().hex[:6])
    subjects: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)

    async def sells(self, name: str, title: str, price: int) -> str:
        """Put something up for sale; answers the listing's id."""
        listing_id = f"demo-{self.run}-{name}"
        self.subjects.append(listing_id)
        body = {
            "title": title,
            "description": "Handed over in game within the hour.",
            "category": "item",
            "unit_price": {"amount": price, "currency": CURRENCY},
            "stock": 10,
            "delivery_method": "in_game_trade",
            "delivery_hours": 24,
            "state": "live",
        }
        await self.seller.put(f"/listings/{listing_id}", body)
        return listing_id

    async def checks_out(self, *listing_ids: str) -> Any:
        """Order one piece of each; one payment for all of them."""
        lines = [{"listing_id": listing_id, "quantity": 1} for listing_id in listing_ids]
        checkout = await self.buyer.post("/checkouts", {"lines": lines})
        numbers = [order["number"] for order in checkout["orders"]]
        self.orders += numbers
        self.subjects += [checkout["payment_number"], *numbers]
        return checkout

    async def begins_to_pay(self, payment_number: str) -> str:
        """Choose the card; the buyer is sent to the provider's page. Answers the attempt's id."""
        attempt = await self.buyer.post(f"/payments/{payment_number}/attempts", {"method": "card", "details": {}})
        return str(attempt["attempt_id"])

    async def bank_pays(self, attempt_id: str) -> None:
        """The provider's signed webhook says that the money is there."""
        await self.clock.post(f"/sandbox/payments/{attempt_id}", {"action": "capture"})

    async def moves(self, **how: str) -> str:
        """Move the sandbox clock; answers which clocks of our orders rang on the way."""
        answer = await self.clock.post("/sandbox/clock/advance", how)
        ours = [each for each in answer["fired"] if each["subject"] in self.orders]
        return ", ".join(f"{each['kind']} of {each['subject']}" for each in ours)

    async def shows(self) -> None:
        """Wait until every service has heard everything; show what was said and where the money is."""
        await self.moves(by="PT0S")
        await asyncio.sleep(HEARING_SECONDS)
        self.screen.shows(self.listener.take(self.subjects))
        balance, _, in_escrow = await self.buyer.wallet(CURRENCY)
        _, available, _ = await self.seller.wallet(CURRENCY)
        fees = [await self.proof(number) for number in self.orders]
        columns = {
            "buyer's balance": balance,
            "in escrow": in_escrow,
            "seller's income": available,
            "fees": sum(each["fee"]["amount"] for each in fees),
            "tax": sum(each["tax"]["amount"] for each in fees),
        }
        self.screen.money(columns, CURRENCY)

    async def proof(self, number: str) -> Any:
        """The books of one order, summed up."""
        return (await self.buyer.get(f"/ledger/{number}"))["proof"]

    async def order(self, number: str) -> Any:
        """An order as its buyer sees it."""
        return await self.buyer.get(f"/orders/{number}")
