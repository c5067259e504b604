"""What operators watch of disputes."""

from services.disputes.unit_of_work import DisputesWork
from shared.telemetry import metrics

_OPEN = "select count(*) from cases where state = 'open'"


async def look(work: DisputesWork) -> None:
    """Set the gauge of the cases that wait for support; closed ones are not read (index cases_open)."""
    metrics.CASES_OPEN.set(await work.sql.fetchval(_OPEN))
