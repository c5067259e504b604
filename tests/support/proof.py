"""Proves the books of the running stack, as `make verify` does."""

from deploy.stack import Stack
from deploy.verify import broken, prove
from deploy.verify.cli import addresses
from tests.support.market import Market

MESSAGES = frozenset({"I19", "I20"})
"""Left out: other tests forge and repeat messages on the same stack."""
TIMEOUT_SECONDS = 30
"""At most; it ends as soon as the system is idle."""


async def what_does_not_hold(market: Market) -> dict[str, object]:
    """The rows that break an invariant, by its number; nothing in sound books."""
    await market.settles()
    findings = await prove(*addresses(market.stack), wait_seconds=TIMEOUT_SECONDS)
    wrong = {finding.invariant.number: finding.rows for finding in broken(findings)}
    return {number: rows for number, rows in wrong.items() if number not in MESSAGES}


async def prove_books(stack: Stack) -> None:
    """Asserts every invariant over everything that ever happened on this stack."""
    wrong = broken(await prove(*addresses(stack), wait_seconds=60))
    assert not wrong, "\n".join(f"{each.invariant.number} {each.invariant.sentence}: {each.rows}" for each in wrong)
