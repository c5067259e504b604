"""When a system has recovered: every service is ready, and no event has waited for long."""

import asyncio
from collections.abc import Mapping

import asyncpg

from deploy.local import readiness
from deploy.services import SERVICES
from deploy.stack import Stack
from shared.clock import monotonic
from shared.db.errors import DRIVER_FAULTS

LOOK_SECONDS = 0.2
TIMEOUT_SECONDS = 60.0

_STALE = """
select count(*) from outbox where published_at is null and created_at < clock_timestamp() - interval '2 s'
"""


class NotRecovered(Exception):
    """Something stayed broken after its fault was mended."""


async def recovered(stack: Stack) -> float:
    """Wait until it has; returns how many seconds that took. Raises NotRecovered."""
    begun = monotonic()
    while left := await _left(stack):
        if monotonic() - begun > TIMEOUT_SECONDS:
            raise NotRecovered(f"after {TIMEOUT_SECONDS:.0f} s still: {dict(left)}")
        await asyncio.sleep(LOOK_SECONDS)
    return monotonic() - begun


async def _left(stack: Stack) -> Mapping[str, str]:
    reads = [asyncio.to_thread(readiness.answer, stack.ports[name]) for name in SERVICES]
    answers = zip(SERVICES, await asyncio.gather(*reads), strict=True)
    unready = {name: text for name, (status, text) in answers if status != 200}
    if unready:
        return unready
    stale = zip(SERVICES, await asyncio.gather(*(_stale(stack, name) for name in SERVICES)), strict=True)
    return {name: f"{count} events wait" for name, count in stale if count}


async def _stale(stack: Stack, service: str) -> int:
    try:
        connection = await asyncpg.connect(stack.verifier_dsn(service), timeout=5)
    except DRIVER_FAULTS:
        return -1
    try:
        return int(await connection.fetchval(_STALE))
    except DRIVER_FAULTS:
        return -1
    finally:
        connection.terminate()
