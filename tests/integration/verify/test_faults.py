"""Every invariant is broken once, alone, and named by the proof."""

import pytest

from deploy.services import SERVICES
from deploy.verify import IDLE
from deploy.verify.invariants import across, own
from tests.integration.verify.books import Books
from tests.integration.verify.faults import FAULTS


async def test_a_market_that_nobody_touched_holds(copied: Books) -> None:
    findings = await copied.findings()
    assert {finding.invariant.number: finding.rows for finding in findings if not finding.ok} == {}
    looked_at = {finding.invariant.number for finding in findings if finding.looked_at}
    assert looked_at == set(FAULTS) - {IDLE.number}, "every proof has rows to look at"


@pytest.mark.parametrize("number", sorted(FAULTS))
async def test_an_injected_fault_is_named(copied: Books, number: str) -> None:
    for service, script in FAULTS[number].items():
        await copied.inject(service, script)
    found = await copied.broken()
    assert set(found) == {number}, {name: finding.rows for name, finding in found.items()}
    assert found[number].rows


def test_every_invariant_has_a_fault_of_its_own() -> None:
    known = {invariant.number for service in SERVICES for invariant in own(service)}
    known |= {invariant.number for invariant in across()} | {IDLE.number}
    assert set(FAULTS) == known
