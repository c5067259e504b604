"""Issue gift cards, and print their PINs once: only hashes of them are kept.

python -m deploy.gift_cards --currency MYR --amount 5000 --count 10      5000 minor units each: MYR 50.00
MARKET_OWNER_URLS={"payments": "postgresql://payments_owner:…@…/payments", …}   as deploy.migrate has it
MARKET_GIFT_CARD_KEYS=…   as payments has it, the newest first; without both: the local stack in .run, or in RUN

Doing it twice issues twice as many. What was paid for the cards is booked with them.
"""

from deploy import interrupts

if __name__ == "__main__":
    interrupts.watch()

import argparse
import asyncio
import json
import sys

import asyncpg
import structlog

from deploy.environment import given
from services.payments import commands
from services.payments.commands import NewCards
from services.payments.pins import Pins, new_pin
from services.payments.unit_of_work import PaymentsWork
from shared.db.unit_of_work import Database
from shared.money import AMOUNT_MAX, precision

COUNT_MAX = 10_000


class WrongRequest(ValueError):
    """What was given is no currency, no amount or no number of cards."""


def requested(currency: str, amount: str, count: str) -> tuple[str, int, int]:
    """What to issue: currency, minor units of each card, number of cards. Raises WrongRequest."""
    if precision(currency) is None:
        raise WrongRequest(f"CURRENCY={currency} is no current ISO 4217 code with a minor unit: write MYR")
    if not (amount.isascii() and amount.isdigit() and 0 < int(amount) <= AMOUNT_MAX):
        raise WrongRequest(f"AMOUNT={amount} is no amount: write 5000 for MYR 50.00")
    if not (count.isascii() and count.isdigit() and 0 < int(count) <= COUNT_MAX):
        raise WrongRequest(f"COUNT={count} is no number of cards from 1 to {COUNT_MAX}")
    return currency, int(amount), int(count)


async def issue(url: str, pins: Pins, currency: str, amount: int, count: int) -> list[str]:
    """Issue the cards in one transaction and return their PINs once it is committed."""
    found = [new_pin() for _ in range(count)]
    cards = NewCards([pins.hashed(pin) for pin in found], amount, currency, None)
    database = Database(url, "payments", PaymentsWork, 1)
    try:
        async with database.transaction() as work:
            await commands.issue(work, cards)
    finally:
        await database.close()
    return found


def main() -> None:
    """Run the command; a failure is one sentence."""
    options = argparse.ArgumentParser(prog="python -m deploy.gift_cards")
    for name in ("currency", "amount", "count"):
        options.add_argument(f"--{name}", default="")
    chosen = options.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout has PINs and nothing else
    try:
        wanted = requested(chosen.currency, chosen.amount, chosen.count)
        found = given("MARKET_OWNER_URLS", "MARKET_GIFT_CARD_KEYS")
        url = json.loads(found["MARKET_OWNER_URLS"])["payments"]
        print("\n".join(asyncio.run(issue(url, Pins(found["MARKET_GIFT_CARD_KEYS"]), *wanted))), flush=True)
    except WrongRequest as error:
        sys.exit(f"No card was issued: {error}")
    except (ValueError, KeyError, OSError, asyncpg.PostgresError) as error:
        sys.exit(f"No card was issued: {type(error).__name__}: {error}")


if __name__ == "__main__":
    interrupts.run(main, "Unless PINs were printed no card was issued.\n  → Again: make gift-cards")
