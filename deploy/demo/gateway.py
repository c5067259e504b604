"""People who use the marketplace as everybody does: with a token, through the gateway."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2

from deploy.demo.errors import DemoError
from deploy.local.tokens import mint

TOKEN_SECONDS = 600
TIMEOUT_SECONDS = 90


class Person:
    """One account; it only knows the public surface."""

    def __init__(self, client: httpx2.AsyncClient, url: str, key: Path, name: str) -> None:
        self._client, self._url, self.name = client, url, name
        self._token = f"Bearer {mint(key, name, ['user'], TOKEN_SECONDS)}" if name else None

    async def get(self, path: str) -> Any:
        """Look at something; whatever is refused ends the demo."""
        return await self._ask("GET", path, None)

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Say how something shall be, e.g. a listing."""
        return await self._ask("PUT", path, body)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Ask for something once, under a fresh Idempotency-Key."""
        return await self._ask("POST", path, body)

    async def wallet(self, currency: str) -> tuple[int, int, int]:
        """What one can spend, has earned, and has paid into escrow, in minor units."""
        wallets = (await self.get("/balance"))["wallets"]
        found: dict[str, int] = next((each for each in wallets if each["currency"] == currency), {})
        return found.get("balance", 0), found.get("available", 0), found.get("in_escrow", 0)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        headers = {"Idempotency-Key": str(uuid4())} | ({"Authorization": self._token} if self._token else {})
        try:
            answer = await self._client.request(
                method, f"{self._url}/v1{path}", json=body, headers=headers, timeout=TIMEOUT_SECONDS
            )
        except httpx2.HTTPError as error:
            raise DemoError(
                f"The gateway at {self._url} does not answer: {error}", "How it is: make status", "Bring it up: make up"
            ) from error
        if answer.status_code >= 400:
            who = self.name or "somebody without a token"
            raise DemoError(
                f"{who}: {method} /v1{path} was answered {answer.status_code}: {answer.text}",
                "What the services said: make logs",
                "Is everything ready? make status",
            )
        return answer.json()
