"""Bring every service's database to head: one process for all, skips what is there already.

MARKET_OWNER_URLS={"orders": "postgresql://orders_owner:…@…/orders", …}
python -m deploy.migrate         without it: the local stack in .run, or in RUN
"""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import asyncio
import json

from deploy.environment import given
from shared.db.migrations import upgrade


async def run() -> None:
    """Migrate one service after the other and print what was done."""
    for service, url in json.loads(given("MARKET_OWNER_URLS")["MARKET_OWNER_URLS"]).items():
        done = await upgrade(service, url)
        print(f"{service}: {'migrated to head' if done else 'at head'}", flush=True)


if __name__ == "__main__":
    interrupts.run(
        lambda: asyncio.run(run()),
        "What is printed above is done, the migration that was running is rolled back.\n"
        "  → Again, which goes on there: python -m deploy.migrate",
    )
