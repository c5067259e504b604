"""Publish events again that were published already: for a consumer whose queue or binding was gone at the time.

python -m deploy.republish --since 2h      or --since 2026-11-28T10:00:00Z; --service orders, --event order.completed
MARKET_OWNER_URLS={"orders": "postgresql://orders_owner:…@…/orders", …}   without it: the local stack in .run, or in RUN

Doing it twice is harmless: a consumer knows by its inbox what it has handled. Published events are kept for 48 hours.
"""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import argparse
import asyncio
import json
import re
import sys
from datetime import datetime, timedelta

import asyncpg

from deploy.environment import given
from shared.clock import real_now, written
from shared.contracts import EVENTS
from shared.messaging.relay import KEEP_HOURS

BATCH = 1000

_AGAIN = """
update outbox set published_at = null, attempts = 0, retry_at = null, error = null where id in (
    select id from outbox where published_at >= $1 and published_at < $2 and ($3::text is null or event = $3)
    order by id limit $4)
"""


class WrongRequest(ValueError):
    """What was given names no time, no service or no event."""


def since(text: str, now: datetime) -> datetime:
    """The moment that `90s`, `30m`, `2h`, `1d` ago or an RFC 3339 time with its offset means. Raises WrongRequest."""
    if found := re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text):
        return now - timedelta(seconds=int(found[1]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[found[2]])
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongRequest(f"SINCE={text} is no time: write 2h, or 2026-11-28T10:00:00Z") from None
    if moment.tzinfo is None:
        raise WrongRequest(f"SINCE={text} has no offset: write 2h, or 2026-11-28T10:00:00Z")
    if moment > now:
        raise WrongRequest(
            f"SINCE={text} lies in the future; it is compared with real time, not with the sandbox clock"
        )
    return moment


async def republish(url: str, moment: datetime, until: datetime, event: str | None) -> int:
    """Let the relay publish what it published in this time again, in small transactions; answers how many events."""
    connection, count = await asyncpg.connect(url), 0
    try:
        while True:
            done = int((await connection.execute(_AGAIN, moment, until, event, BATCH)).rpartition(" ")[2])
            count += done
            if done < BATCH:
                return count
    finally:
        await connection.close()


async def run(wanted: argparse.Namespace) -> None:
    """Do it for the named services and print how many events each publishes again. Raises WrongRequest."""
    if wanted.event and wanted.event not in EVENTS:
        raise WrongRequest(f"There is no event {wanted.event}: docs/events.md lists them")
    urls: dict[str, str] = json.loads(given("MARKET_OWNER_URLS")["MARKET_OWNER_URLS"])
    now = real_now()
    moment = since(wanted.since, now)
    if wanted.service and wanted.service not in urls:
        raise WrongRequest(f"There is no service {wanted.service}: one of {', '.join(urls)}")
    if now - moment > timedelta(hours=KEEP_HOURS):
        print(f"Published events are kept for {KEEP_HOURS} hours: what is older than that is not here any more.")
    for service, url in urls.items():
        if wanted.service in ("", service):
            count = await republish(url, moment, now, wanted.event or None)
            print(f"{service}: {count} events published since {written(moment)} are published again", flush=True)


def main() -> None:
    """Read the command; ends non-zero with one sentence when it can't be right."""
    parser = argparse.ArgumentParser(prog="python -m deploy.republish", description="Publish events again.")
    parser.add_argument("--since", default="", help="2h ago, or 2026-11-28T10:00:00Z")
    parser.add_argument("--service", default="", help="only this service's events")
    parser.add_argument("--event", default="", help="only events of this name")
    wanted = parser.parse_args()
    if not wanted.since:
        sys.exit("Since when? SINCE is missing: make republish SINCE=2h, or SINCE=2026-11-28T10:00:00Z")
    try:
        asyncio.run(run(wanted))
    except (WrongRequest, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"Nothing more was published again: {error}")


if __name__ == "__main__":
    interrupts.run(
        main,
        "The services named above are done, the rest is not.\n  → Again, which is harmless: make republish SINCE=2h",
    )
