"""A crowd of bounded size: many orders alive at once, few requests at once; afterwards it counts its money."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from deploy.client.person import Person, a_listing
from deploy.drill.client import Client, GivenUp
from deploy.drill.scenarios import CURRENCY, SCENARIOS, WEIGHTS, Lifecycle, Pair, Scenario
from deploy.local.layout import Layout

STOCK = 100_000
SILENT_MAX = 100
"""Orders that end by a deadline: the clock stops at each deadline, one after the other."""
PAGE = 100
STATUSES = (
    "waiting_payment,expired,deleted,waiting_delivery,waiting_confirmation,refunding,refund_refused,disputed,"
    "refunded,completed"
)


class Crowd:
    """Pairs of buyers and sellers; each pair has a few orders alive at a time."""

    def __init__(self, client: Client, layout: Layout, seed: int, scenarios: Sequence[Scenario] = SCENARIOS) -> None:
        self._client, self._key, self._random = client, layout.private_key, random.Random(seed)  # noqa: S311
        self._scenarios = scenarios
        self._weights = [WEIGHTS[SCENARIOS.index(scenario)] for scenario in scenarios]
        self.pairs: list[Pair] = []
        self._stop, self._silent = asyncio.Event(), 0

    @property
    def lifecycles(self) -> list[Lifecycle]:
        """Every scenario that was begun."""
        return [lifecycle for pair in self.pairs for lifecycle in pair.lifecycles]

    async def arrives(self, pairs: int) -> None:
        """So many sellers put something up for sale, each for one buyer."""
        self.pairs += await asyncio.gather(*(self._pair(100 * self._random.randint(1, 500)) for _ in range(pairs)))

    async def trades(self, alive: int) -> None:
        """Keep `alive` scenarios going at a time until `stops()`; then end those begun."""
        async with asyncio.TaskGroup() as group:
            for place in range(alive):
                group.create_task(self._one_after_the_other(self.pairs[place % len(self.pairs)]))

    def stops(self) -> None:
        """Begin no more scenarios."""
        self._stop.set()

    async def proves(self, *, expired: bool) -> list[str]:
        """Compare every order and every wallet with what was accepted; `expired`: every deadline has expired since."""
        found: list[str] = []
        for pair in self.pairs:
            seen = await self._orders(pair)
            for lifecycle in pair.lifecycles:
                wanted = lifecycle.scenario.end if expired else lifecycle.scenario.played
                if lifecycle.over and seen.get(lifecycle.number) != wanted:
                    found.append(
                        f"{lifecycle.number} ({lifecycle.scenario.name}) is {seen.get(lifecycle.number)}, not {wanted}"
                    )
            extra = seen.keys() - {lifecycle.number for lifecycle in pair.lifecycles}
            found += [f"{pair.buyer.name} has an order that was never answered: {number}" for number in sorted(extra)]
            found += await self._money_of(pair) if expired else []
        return found

    async def _pair(self, price: int) -> Pair:
        name = uuid4().hex[:10]
        buyer, seller = (self._client.person(self._key, f"{role}-{name}") for role in ("buyer", "seller"))
        support = self._client.person(self._key, f"support-{name}", "support")
        pair = Pair(buyer, seller, support, f"drill-{name}", price)
        body = a_listing(price, CURRENCY, stock=STOCK)
        self._client.accepted(await seller.puts(f"/listings/{pair.listing_id}", body))
        return pair

    def begins(self, pair: Pair) -> Lifecycle:
        """A scenario before its first step."""
        scenario = self._random.choices(self._scenarios, self._weights)[0]
        if scenario.played != scenario.end and self._silent == SILENT_MAX:
            scenario = self._scenarios[0]
        self._silent += scenario.played != scenario.end
        lifecycle = Lifecycle(pair, scenario, prefers_balance=self._random.random() < 0.2)
        pair.lifecycles.append(lifecycle)
        self._client.tally.begun += 1
        return lifecycle

    async def ends(self, lifecycle: Lifecycle) -> None:
        """Play the rest of a scenario."""
        await lifecycle.live(self._client)
        self._client.tally.ended += 1

    async def _one_after_the_other(self, pair: Pair) -> None:
        while not self._stop.is_set():
            try:
                await self.ends(self.begins(pair))
            except GivenUp:
                continue

    async def _orders(self, pair: Pair) -> dict[str, str]:
        found: dict[str, str] = {}
        path: str | None = f"/orders?as=buyer&status={STATUSES}&limit={PAGE}"
        while path is not None:
            page = self._client.accepted(await pair.buyer.gets(path))
            found |= {order["number"]: order["status"] for order in page["items"]}
            more = page["next_cursor"]
            path = f"/orders?as=buyer&status={STATUSES}&limit={PAGE}&cursor={more}" if more else None
        return found

    async def _money_of(self, pair: Pair) -> list[str]:
        if not all(lifecycle.over for lifecycle in pair.lifecycles):
            return []
        balance, income = pair.money()
        buyer, seller = [await self._wallet(who) for who in (pair.buyer, pair.seller)]
        owned = (buyer.get("balance", 0), seller.get("available", 0), buyer.get("in_escrow", 0))
        if owned == (balance, income, 0):
            return []
        return [f"{pair.buyer.name} and {pair.seller.name} own {owned}, not {(balance, income, 0)}"]

    async def _wallet(self, who: Person) -> dict[str, Any]:
        wallets = self._client.accepted(await who.gets("/balance"))["wallets"]
        return next((wallet for wallet in wallets if wallet["currency"] == CURRENCY), {})
