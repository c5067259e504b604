"""Seal hand-overs with the newest key that an older one has sealed, when a key is replaced (docs/production.md).

python -m deploy.reseal
MARKET_OWNER_URLS={"orders": "postgresql://orders_owner:…@…/orders", …}   as deploy.migrate has it
MARKET_HAND_OVER_KEYS=k2:…,k1:…   as orders has it, the newest first; without both: the local stack in .run, or in RUN

The services may run meanwhile. Doing it twice is harmless, and a second time goes on where the first was stopped.
"""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

import asyncpg

from deploy.environment import given
from services.orders.settings import sealer_of
from shared.sealing import Sealed, Sealer, Unreadable

BATCH = 200

_KEYS = "select distinct key_id from hand_overs order by 1"
_COUNT = "select count(*) from hand_overs where key_id = $1"
# The lock lets a buyer reveal the same hand-over meanwhile.
_NEXT = """
select number, key_id, text from hand_overs where key_id = $1 and number > $2 order by number limit $3
for no key update
"""
_WRITE = "update hand_overs set key_id = $2, text = $3 where number = $1"


@dataclass
class Done:
    """What became of the hand-overs that older keys had sealed."""

    again: dict[str, int] = field(default_factory=dict)
    """How many are sealed with the newest key now, by the key before."""
    changed: list[str] = field(default_factory=list)
    """Numbers of orders whose hand-over does not open with its own key."""
    missing: dict[str, int] = field(default_factory=dict)
    """How many need a key that was not given, by its id."""

    def lines(self, newest: str) -> list[str]:
        """What an operator should know, in sentences."""
        found = [f"{count} hand-overs of {key} are sealed with {newest} now." for key, count in self.again.items()]
        found += [f"Key {key} is missing: {n} hand-overs need it; give it last." for key, n in self.missing.items()]
        found += [f"The hand-over of {number} does not open: its row was changed." for number in self.changed]
        return found or [f"Everything is sealed with {newest}."]


async def reseal(connection: "asyncpg.Connection[asyncpg.Record]", sealer: Sealer) -> Done:
    """Seal everything with the newest key, in small transactions."""
    done = Done()
    for row in await connection.fetch(_KEYS):
        key: str = row["key_id"]
        if key == sealer.newest:
            continue
        if key not in sealer.key_ids:
            done.missing[key] = await connection.fetchval(_COUNT, key)
            continue
        done.again[key], after = 0, ""
        while batch := await _next(connection, sealer, done, key, after):
            after = batch[-1]
    return done


async def _next(
    connection: "asyncpg.Connection[asyncpg.Record]", sealer: Sealer, done: Done, key: str, after: str
) -> Sequence[str]:
    """Seal the next few of one key again; returns their numbers."""
    async with connection.transaction():
        rows = await connection.fetch(_NEXT, key, after, BATCH)
        for row in rows:
            try:
                sealed = sealer.sealed_again(row["number"], Sealed(row["key_id"], row["text"]))
            except Unreadable:
                done.changed.append(row["number"])
                continue
            await connection.execute(_WRITE, row["number"], sealed.key_id, sealed.text)
            done.again[key] += 1
    return [row["number"] for row in rows]


async def run() -> None:
    """Do it, and print what was done; ends non-zero when something is left that the given keys don't open."""
    found = given("MARKET_OWNER_URLS", "MARKET_HAND_OVER_KEYS")
    sealer = sealer_of(found["MARKET_HAND_OVER_KEYS"])
    connection = await asyncpg.connect(json.loads(found["MARKET_OWNER_URLS"])["orders"])
    try:
        done = await reseal(connection, sealer)
    finally:
        await connection.close()
    print("\n".join(done.lines(sealer.newest)), flush=True)
    if done.changed or done.missing:
        sys.exit("Not everything could be sealed again; all given keys are still needed.")
    if others := [key for key in sealer.key_ids if key != sealer.newest]:
        print(f"  → Not needed any more, two days after {sealer.newest} came first: {', '.join(others)}")


def main() -> None:
    """Run the command; a failure is one sentence."""
    try:
        asyncio.run(run())
    except (ValueError, KeyError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"Nothing more was sealed again: {type(error).__name__}: {error}")


if __name__ == "__main__":
    interrupts.run(main, "What was done is done.\n  → Again, which goes on from there: make reseal")
