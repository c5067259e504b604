"""The books of the running market, proved: what `make verify` says, for tests that move money in unusual ways."""

from deploy.verify import broken, prove
from deploy.verify.cli import addresses
from tests.support.market import Market

MESSAGES = frozenset({"I19", "I20"})
"""Tests of faults forge and repeat messages on the same stack; money is what is asked for here."""
TIMEOUT_SECONDS = 30
"""At most: it ends as soon as nothing is under way."""


async def what_does_not_hold(market: Market) -> dict[str, object]:
    """The rows that break an invariant, by its number; nothing in sound books."""
    await market.settles()
    findings = await prove(*addresses(market.stack), wait_seconds=TIMEOUT_SECONDS)
    wrong = {finding.invariant.number: finding.rows for finding in broken(findings)}
    return {number: rows for number, rows in wrong.items() if number not in MESSAGES}
