"""The sandbox clock: waits until everything has arrived everywhere, and lets every deadline ring."""

from typing import Any

import httpx2

ADVANCE_SECONDS = 95.0
"""A little longer than the gateway waits for an advance."""


class NotIdle(Exception):
    """The clock was not moved; carries what the scheduler said."""


async def advance(client: httpx2.AsyncClient, url: str, **how: object) -> Any:
    """Move the clock; answers where it stands and what rang on the way. `by="PT0S"` only waits for rest."""
    got = await client.post(f"{url}/v1/sandbox/clock/advance", json=how, timeout=ADVANCE_SECONDS)
    if got.status_code != 200:
        raise NotIdle(f"{got.status_code}: {got.text[:2000]}")
    return got.json()
