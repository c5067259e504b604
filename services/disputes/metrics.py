"""Metrics of disputes: how many cases wait for support."""

from prometheus_client import Gauge

from services.disputes.unit_of_work import DisputesWork
from shared.telemetry.metrics import OVERDUE_REPUBLISHED, TRANSITIONS, declare, use

use("disputes", TRANSITIONS, OVERDUE_REPUBLISHED)

CASES_OPEN = declare(Gauge, "market_cases_open", "cases", "Disputes that wait for support's decision", of=("disputes",))

_OPEN = "select count(*) from cases where state = 'open'"


async def look(work: DisputesWork) -> None:
    """Set the gauge of the cases that wait for support; closed ones are not read (index cases_open)."""
    CASES_OPEN.set(await work.sql.fetchval(_OPEN))
