"""Whole orders through the gateway: place, pay by the sandbox's webhook, deliver, confirm, seller credited."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from deploy.client.http import Answer
from deploy.client.person import Person
from deploy.stack import Stack
from shared.clock import monotonic
from tests.bench.errors import BenchError
from tests.bench.gateway import Gateway
from tests.bench.listener import CREDITED, PAID, Listener, listening

SELLERS = BUYERS = 40
TIMEOUT_SECONDS = 30.0
COMMANDS = ("place", "attempt", "webhook", "deliver", "confirm")
CREDIT, WHOLE = "confirm to credited", "whole life"


@dataclass(slots=True)
class Seen:
    """What a load showed: seconds per command and per order."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    """Why orders ended early."""

    @property
    def sales(self) -> int:
        """How many sellers were credited."""
        return len(self.seconds[WHOLE])

    def proved(self) -> "Seen":
        """Itself, if there is anything to look at."""
        if not self.sales:
            raise BenchError(f"Not one seller was credited. {self.failed[0] if self.failed else ''}")
        return self


class Load:
    """Buyers and sellers of one marketplace, ready to trade."""

    def __init__(self, stack: Stack, gateway: Gateway, listener: Listener) -> None:
        self._listener = listener
        key = stack.layout.private_key
        self._chance = random.Random(0)
        self._free = list(range(BUYERS))
        """Buyers without an open order: a buyer who waits for more than two payments at once is refused."""
        self._sellers = [Person(gateway.send, key, f"bench-seller-{each:02}") for each in range(SELLERS)]
        self._buyers = [Person(gateway.send, key, f"bench-buyer-{each:02}") for each in range(BUYERS)]
        self._provider = Person(gateway.send, key)

    async def open(self) -> None:
        """Every seller offers one thing, and the clock runs."""
        await self._provider.advances(run=True)
        for each, seller in enumerate(self._sellers):
            await seller.lists(listing_id=_listing(each), stock=1_000_000)

    async def closed(self, clients: int, seconds: float) -> Seen:
        """Runs so many clients; each places its next order when the seller of the last one is credited."""
        seen, end = Seen(), monotonic() + seconds

        async def client() -> None:
            while monotonic() < end:
                await self._try(seen)

        async with asyncio.TaskGroup() as crowd:
            for _ in range(clients):
                crowd.create_task(client())
        return seen.proved()

    async def paced(self, rate: float, seconds: float) -> Seen:
        """Places so many orders per second, whether or not earlier ones are finished."""
        seen, begun = Seen(), monotonic()
        async with asyncio.TaskGroup() as crowd:
            for turn in range(round(rate * seconds)):
                await asyncio.sleep(max(0.0, begun + turn / rate - monotonic()))
                crowd.create_task(self._try(seen))
        return seen.proved()

    async def one(self, seen: Seen) -> str:
        """Plays one order to its end; returns its number."""
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
        begun, sells, buys = monotonic(), self._sellers[seller], self._buyers[buyer]
        checkout = await self._timed(seen, "place", buys.checks_out(_listing(seller)))
        number = checkout["orders"][0]["number"]
        paid = self._listener.expect(PAID, number)
        attempt = await self._timed(seen, "attempt", buys.attempts(checkout["payment_number"]))
        path = f"/sandbox/payments/{attempt['attempt_id']}"
        await self._timed(seen, "webhook", self._provider.posts(path, {"action": "capture"}))
        await _wait_for(paid, number)
        await self._timed(seen, "deliver", sells.delivers(number))
        credited, confirmed = self._listener.expect(CREDITED, number), monotonic()
        await self._timed(seen, "confirm", buys.confirms(number))
        await _wait_for(credited, number)
        seen.seconds[CREDIT].append(monotonic() - confirmed)
        seen.seconds[WHOLE].append(monotonic() - begun)
        return str(number)

    async def place(self, seen: Seen) -> None:
        """Plays only the first command, the checkout."""
        seller, buyer = self._chance.randrange(SELLERS), self._chance.randrange(BUYERS)
        await self._timed(seen, "place", self._buyers[buyer].checks_out(_listing(seller)))

    async def _timed(self, seen: Seen, name: str, command: Awaitable[Answer]) -> Any:
        begun = monotonic()
        answer = await command
        seen.seconds[name].append(monotonic() - begun)
        return answer.body


@asynccontextmanager
async def trading(stack: Stack) -> AsyncIterator[Load]:
    """The marketplace with its buyers and sellers, as long as the block lasts."""
    gateway = Gateway(stack.url)
    async with listening(stack) as listener:
        load = Load(stack, gateway, listener)
        await load.open()
        yield load
    await gateway.close()


async def _wait_for(event: "asyncio.Future[None]", number: str) -> None:
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            await event
    except TimeoutError:
        raise BenchError(f"{number}: nothing followed for {TIMEOUT_SECONDS:.0f} s.") from None


def _listing(seller: int) -> str:
    return f"bench-listing-{seller:02}"
