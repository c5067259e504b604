"""HTTP clients for the stack on this machine: without the world's certificates, whose loading outlasts most tests."""

from typing import Any

import httpx2


def plain_client(**options: Any) -> httpx2.AsyncClient:
    """A client for http:// addresses; options as httpx2's."""
    return httpx2.AsyncClient(verify=False, **options)
