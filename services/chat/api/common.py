"""What the routes of chat share."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from shared.http.problems import RefusedError
from shared.refusals import Refusal

R = Refusal
ConversationId = Annotated[str, Path(max_length=64)]
OrderNumber = Annotated[str, Path(max_length=64, examples=["K5657777893"])]
AfterSeq = Annotated[int, Query(ge=0, le=2**31 - 1, description="Only what comes behind this number.")]


def conversation_of(text: str) -> UUID:
    """The id in a path. Raises RefusedError `not_found` for what can't be one."""
    try:
        return UUID(text)
    except ValueError:
        raise RefusedError(Refusal.NOT_FOUND) from None
