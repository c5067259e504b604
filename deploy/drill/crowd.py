"""A crowd of bounded size: many orders alive at once, few requests at once; afterwards it counts its money."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from deploy.drill.asking import Asker, GivenUp, Person
from deploy.drill.lives import CURRENCY, STORIES, WEIGHTS, Life, Pair, Story
from deploy.local.layout import Layout

STOCK = 100_000
SILENT_MAX = 100
"""Lives that end by a deadline: each deadline rings at its own moment, one after the other."""
PAGE = 100
STATUSES = (
    "waiting_payment,expired,deleted,waiting_delivery,waiting_confirmation,refunding,refund_refused,disputed,"
    "refunded,completed"
)


class Crowd:
    """Pairs of buyers and sellers; each pair has a few orders alive at a time."""

    def __init__(self, asker: Asker, layout: Layout, seed: int, stories: Sequence[Story] = STORIES) -> None:
        self._asker, self._key, self._random = asker, layout.private_key, random.Random(seed)  # noqa: S311
        self._stories = stories
        self._weights = [WEIGHTS[STORIES.index(story)] for story in stories]
        self.pairs: list[Pair] = []
        self._stop, self._silent = asyncio.Event(), 0

    @property
    def lives(self) -> list[Life]:
        """Every life that was begun."""
        return [life for pair in self.pairs for life in pair.lives]

    async def arrives(self, pairs: int) -> None:
        """So many sellers put something up for sale, each for one buyer."""
        self.pairs += await asyncio.gather(*(self._pair(100 * self._random.randint(1, 500)) for _ in range(pairs)))

    async def trades(self, alive: int) -> None:
        """Begin a new life for each that ended, so many alive at a time, until told to stop; then end those begun."""
        async with asyncio.TaskGroup() as group:
            for place in range(alive):
                group.create_task(self._one_after_the_other(self.pairs[place % len(self.pairs)]))

    def stops(self) -> None:
        """Begin no life any more."""
        self._stop.set()

    async def proves(self, *, rung: bool) -> list[str]:
        """Compare every order and every wallet with what was accepted; `rung`: every deadline has rung since."""
        found: list[str] = []
        for pair in self.pairs:
            seen = await self._orders(pair)
            for life in pair.lives:
                wanted = life.story.end if rung else life.story.rest
                if life.over and seen.get(life.number) != wanted:
                    found.append(f"{life.number} ({life.story.name}) is {seen.get(life.number)}, not {wanted}")
            extra = seen.keys() - {life.number for life in pair.lives}
            found += [f"{pair.buyer.name} has an order that was never answered: {number}" for number in sorted(extra)]
            found += await self._money_of(pair) if rung else []
        return found

    async def _pair(self, price: int) -> Pair:
        name = uuid4().hex[:10]
        buyer, seller = (Person.known_by(self._key, f"{role}-{name}") for role in ("buyer", "seller"))
        support = Person.known_by(self._key, f"support-{name}", "support")
        pair = Pair(buyer, seller, support, f"drill-{name}", price)
        await self._asker.command(seller, "list", f"/listings/{pair.listing_id}", _listing(price))
        return pair

    def begins(self, pair: Pair) -> Life:
        """A life that nothing has happened in yet."""
        story = self._random.choices(self._stories, self._weights)[0]
        if story.rest != story.end and self._silent == SILENT_MAX:
            story = self._stories[0]
        self._silent += story.rest != story.end
        life = Life(pair, story, prefers_balance=self._random.random() < 0.2)
        pair.lives.append(life)
        self._asker.tally.begun += 1
        return life

    async def ends(self, life: Life) -> None:
        """Live what is left of a life."""
        await life.live(self._asker)
        self._asker.tally.ended += 1

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
            page = await self._asker.look(pair.buyer, path)
            found |= {order["number"]: order["status"] for order in page["items"]}
            more = page["next_cursor"]
            path = f"/orders?as=buyer&status={STATUSES}&limit={PAGE}&cursor={more}" if more else None
        return found

    async def _money_of(self, pair: Pair) -> list[str]:
        if not all(life.over for life in pair.lives):
            return []
        balance, income = pair.money()
        buyer, seller = [await self._wallet(who) for who in (pair.buyer, pair.seller)]
        owned = (buyer.get("balance", 0), seller.get("available", 0), buyer.get("in_escrow", 0))
        if owned == (balance, income, 0):
            return []
        return [f"{pair.buyer.name} and {pair.seller.name} own {owned}, not {(balance, income, 0)}"]

    async def _wallet(self, who: Person) -> dict[str, Any]:
        wallets = (await self._asker.look(who, "/balance"))["wallets"]
        return next((wallet for wallet in wallets if wallet["currency"] == CURRENCY), {})


def _listing(price: int) -> dict[str, Any]:
    return {
        "title": "Sword of Dawn",
        "description": "Traded in game within minutes.",
        "category": "item",
        "unit_price": {"amount": price, "currency": CURRENCY},
        "stock": STOCK,
        "delivery_method": "in_game_trade",
        "delivery_hours": 24,
    }
