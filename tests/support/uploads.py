"""Uploads pictures as people of a test, and follows the links to them."""

from typing import Any

import httpx2

from tests.support.market import Actor
from tests.support.pictures import picture


async def uploaded(actor: Actor, content: bytes | None = None, **context: str) -> str:
    """The id of a picture that was taken."""
    return str((await actor.uploads(content or picture(), **context)).ok()["id"])


async def link(actor: Actor, attachment_id: str) -> str:
    """The address of a picture, good for a minute."""
    return str((await actor.gets(f"/attachments/{attachment_id}")).ok()["url"])


async def follow(actor: Actor, url: str, **headers: Any) -> httpx2.Response:
    """What somebody gets at an address, without a token."""
    return await actor.market.client.get(url, headers=headers)
