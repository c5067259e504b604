"""The books of the running market, proved: what `make verify` says, for tests that move money in unusual ways."""

from deploy.verify import broken, prove
from deploy.verify.cli import addresses
from tests.support.market import Market


async def what_does_not_hold(market: Market) -> dict[str, object]:
    """The rows that break an invariant, by its number; nothing in sound books."""
    await market.settles()
    findings = await prove(*addresses(market.stack))
    return {finding.invariant.number: finding.rows for finding in broken(findings)}
