"""The demo's seller, buyer and clock, and the screen that shows the effects of each step."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from deploy.client.person import Person
from deploy.demo.listening import Listener
from deploy.demo.screen import Screen

CURRENCY = "MYR"
CONSUMING_SECONDS = 0.05
"""The system counts as idle when the services have consumed every event; it does not wait for the demo's listener."""


@dataclass(slots=True)
class Stage:
    """One run of the demo; names and ids are fresh, so that it can be played again and again."""

    seller: Person
    buyer: Person
    clock: Person
    listener: Listener
    screen: Screen
    url: str
    """The gateway's address."""
    abroad: Callable[[str], Person]
    """A seller whose listings are in this currency: those of one seller have one."""
    client: httpx2.AsyncClient
    """For the provider's pages, as a browser opens them."""
    run: str = field(default_factory=lambda: uuid4().hex[:6])
    subjects: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)

    async def sells(self, name: str, title: str, price: int) -> str:
        """Offer something for sale; returns the listing's id."""
        listing_id = f"demo-{self.run}-{name}"
        self.subjects.append(listing_id)
        return await self.seller.lists(price, CURRENCY, listing_id=listing_id, title=title)

    async def checks_out(self, *listing_ids: str) -> Any:
        """Order one piece of each; one payment for all of them."""
        checkout = await self.buyer.orders(*listing_ids)
        numbers = [order["number"] for order in checkout["orders"]]
        self.orders += numbers
        self.subjects += [checkout["payment_number"], *numbers]
        return checkout

    async def begins_to_pay(self, payment_number: str) -> str:
        """Choose the card; the buyer is sent to the provider's page. Returns the attempt's id."""
        return str((await self.buyer.attempts(payment_number)).ok()["attempt_id"])

    async def bank_pays(self, attempt_id: str) -> None:
        """The provider reports by signed webhook that the money was captured."""
        await self.clock.captures(attempt_id)

    async def moves(self, **how: str) -> str:
        """Move the sandbox clock; returns which deadlines of our orders expired on the way."""
        answer = await self.clock.advances(**how)
        ours = [each for each in answer["fired"] if each["subject"] in self.orders]
        return ", ".join(f"{each['kind']} of {each['subject']}" for each in ours)

    async def shows(self) -> None:
        """Wait until every service is idle; show what was published and where the money is."""
        await self.moves(by="PT0S")
        await asyncio.sleep(CONSUMING_SECONDS)
        self.screen.shows(self.listener.take(self.subjects))
        buyer, seller = await self.buyer.wallet(CURRENCY), await self.seller.wallet(CURRENCY)
        fees = [await self.proof(number) for number in self.orders]
        columns = {
            "buyer's balance": buyer["balance"],
            "in escrow": buyer["in_escrow"],
            "seller's income": seller["available"],
            "fees": sum(each["fee"]["amount"] for each in fees),
            "tax": sum(each["tax"]["amount"] for each in fees),
        }
        self.screen.money(columns, CURRENCY)

    async def proof(self, number: str) -> Any:
        """The books of one order, summed up."""
        return (await self.buyer.ledger(number))["proof"]

    async def order(self, number: str) -> Any:
        """An order as its buyer sees it."""
        return await self.buyer.sees(number)
