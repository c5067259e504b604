"""What the simulation has found, as short as possible."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.disputes.commands import cases
from services.disputes.domain.case import Opening
from tests.support.memory import BusinessClock, DisputesTables, MemoryDatabase, MemoryDisputesWork, drive

T0 = datetime(2026, 3, 2, tzinfo=UTC)
ESCALATED = Opening(UUID(int=1), "K1000001", "alice", "bob", 100_00, "MYR", "escalated", T0)
CHARGED_BACK = replace(ESCALATED, cause="charged_back")


@pytest.mark.parametrize(
    "consumed", [(ESCALATED, CHARGED_BACK), (CHARGED_BACK, ESCALATED)], ids=["in order", "reversed"]
)
def test_a_case_stays_charged_back_whatever_is_consumed_first(consumed: tuple[Opening, ...]) -> None:
    database = MemoryDatabase("disputes", DisputesTables(), BusinessClock(), MemoryDisputesWork)

    async def consume(opening: Opening) -> None:
        async with database.transaction() as work:
            await cases.open_case(work, opening, {"cause": opening.cause})

    for opening in consumed:
        drive(consume(opening))
    (case,) = database.tables.cases.values()
    assert case.cause == "charged_back"
    assert database.tables.snapshots[case.id] == {"cause": "charged_back"}
