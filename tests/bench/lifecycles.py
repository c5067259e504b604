"""Whole lives of orders through the gateway: place, pay by the sandbox's webhook, deliver, confirm, seller credited."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from deploy.local.tokens import mint
from deploy.stack import Stack
from shared.clock import monotonic
from tests.bench.errors import BenchError
from tests.bench.gateway import Gateway
from tests.bench.listener import CREDITED, PAID, Listener, listening

SELLERS = BUYERS = 40
TOKEN_SECONDS = 7200
TIMEOUT_SECONDS = 30.0
COMMANDS = ("place", "attempt", "webhook", "deliver", "confirm")
CREDIT, WHOLE = "confirm to credited", "whole life"


@dataclass(slots=True)
class Seen:
    """What a load showed: seconds per command and per life."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    """Why lives ended early."""

    @property
    def lives(self) -> int:
        """How many sellers were credited."""
        return len(self.seconds[WHOLE])

    def proved(self) -> "Seen":
        """Itself, if there is anything to look at."""
        if not self.lives:
            raise BenchError(f"Not one seller was credited. {self.failed[0] if self.failed else ''}")
        return self


class Lives:
    """Buyers and sellers of one marketplace, ready to trade."""

    def __init__(self, stack: Stack, gateway: Gateway, listener: Listener) -> None:
        self._gateway, self._listener = gateway, listener
        key = stack.layout.private_key
        names = [f"bench-{side}-{each:02}" for side in ("seller", "buyer") for each in range(SELLERS)]
        self._chance = random.Random(0)
        self._free = list(range(BUYERS))
        """Buyers without an order in hand: one who waits for more than two payments at once is not served."""
        self._tokens = {name: mint(key, name, ["user"], TOKEN_SECONDS) for name in names}

    async def open(self) -> None:
        """Every seller offers one thing, and the clock runs."""
        await self._gateway.post("/v1/sandbox/clock/advance", body={"run": True})
        for each in range(SELLERS):
            token = self._tokens[f"bench-seller-{each:02}"]
            await self._gateway.put(f"/v1/listings/bench-listing-{each:02}", token, _LISTING)

    async def closed(self, clients: int, seconds: float) -> Seen:
        """So many clients, each beginning its next life when the last one's seller is credited."""
        seen, end = Seen(), monotonic() + seconds

        async def client() -> None:
            while monotonic() < end:
                await self._try(seen)

        async with asyncio.TaskGroup() as crowd:
            for _ in range(clients):
                crowd.create_task(client())
        return seen.proved()

    async def paced(self, rate: float, seconds: float) -> Seen:
        """So many lives begin in each second, whether or not earlier ones are over."""
        seen, begun = Seen(), monotonic()
        async with asyncio.TaskGroup() as crowd:
            for turn in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + turn / rate - monotonic()))
                crowd.create_task(self._try(seen))
        return seen.proved()

    async def one(self, seen: Seen) -> str:
        """One life; answers the order's number."""
        buyer = self._free.pop() if self._free else self._chance.randrange(BUYERS)
        try:
            return await self._one(seen, self._chance.randrange(SELLERS), buyer)
        finally:
            self._free.insert(0, buyer)

    async def _try(self, seen: Seen) -> None:
        try:
            await self.one(seen)
        except BenchError as error:
            seen.failed.append(str(error))

    async def _one(self, seen: Seen, seller: int, buyer: int) -> str:
        begun = monotonic()
        sells, buys = self._tokens[f"bench-seller-{seller:02}"], self._tokens[f"bench-buyer-{buyer:02}"]
        checkout = await self._timed(seen, "place", "/v1/checkouts", buys, _lines(seller))
        number = checkout["orders"][0]["number"]
        paid = self._listener.expect(PAID, number)
        path = f"/v1/payments/{checkout['payment_number']}/attempts"
        attempt = await self._timed(seen, "attempt", path, buys, {"method": "card", "details": {}})
        await self._timed(seen, "webhook", f"/v1/sandbox/payments/{attempt['attempt_id']}", "", {"action": "capture"})
        await _patiently(paid, number)
        await self._timed(seen, "deliver", f"/v1/orders/{number}/deliver", sells, None)
        credited, confirmed = self._listener.expect(CREDITED, number), monotonic()
        await self._timed(seen, "confirm", f"/v1/orders/{number}/confirm", buys, None)
        await _patiently(credited, number)
        seen.seconds[CREDIT].append(monotonic() - confirmed)
        seen.seconds[WHOLE].append(monotonic() - begun)
        return str(number)

    async def place(self, seen: Seen) -> None:
        """Only the first command of a life."""
        seller, buyer = self._chance.randrange(SELLERS), self._chance.randrange(BUYERS)
        await self._timed(seen, "place", "/v1/checkouts", self._tokens[f"bench-buyer-{buyer:02}"], _lines(seller))

    async def _timed(self, seen: Seen, name: str, path: str, token: str, body: object) -> Any:
        begun = monotonic()
        answer = await self._gateway.post(path, token, str(uuid4()), body)
        seen.seconds[name].append(monotonic() - begun)
        return answer


@asynccontextmanager
async def trading(stack: Stack) -> AsyncIterator[Lives]:
    """The marketplace with its buyers and sellers, as long as the block lasts."""
    gateway = Gateway(stack.url)
    async with listening(stack) as listener:
        lives = Lives(stack, gateway, listener)
        await lives.open()
        yield lives
    await gateway.close()


async def _patiently(event: "asyncio.Future[None]", number: str) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await event
    except TimeoutError:
        raise BenchError(f"{number}: nothing followed for {TIMEOUT_SECONDS:.0f} s.") from None


def _lines(seller: int) -> object:
    return {"lines": [{"listing_id": f"bench-listing-{seller:02}", "quantity": 1}]}


_LISTING = {
    "title": "Sword of Dawn",
    "description": "Traded in game within minutes.",
    "category": "item",
    "unit_price": {"amount": 100_00, "currency": "MYR"},
    "stock": 1_000_000,
    "delivery_method": "in_game_trade",
    "delivery_hours": 24,
    "state": "live",
    "account_declaration": False,
}
