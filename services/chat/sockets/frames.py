"""The frames of the chat socket, in JSON: what a client sends, strictly, and what it is sent."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from services.chat.schemas import ClientId, MessageView, Written
from shared.http.fields import Body, Moment, View
from shared.http.problems import RefusedError
from shared.http.strict import parse
from shared.refusals import Refusal

RESUMED_MAX = 200
PAGE = 100

Seq = Annotated[int, Field(ge=0, le=2**31 - 1, examples=[1])]


class ResumeFrom(Body):
    """A conversation, and the number of the last message that the client has of it."""

    conversation_id: UUID
    seq: Seq


class ResumeFrame(Body):
    """Send what is behind these numbers, then `resumed`: the first frame of every connection."""

    type: Literal["resume"]
    conversations: list[ResumeFrom] = Field(max_length=RESUMED_MAX)


class SendFrame(Written):
    """Write a message; the answer is the message with its number, or an error frame with the `client_id`.

    Sent again under its `client_id` it is the same message, and is answered again.
    """

    type: Literal["message"]
    conversation_id: UUID
    client_id: ClientId


class TypingFrame(Body):
    """The person is writing; shown to the other side at once and stored nowhere."""

    type: Literal["typing"]
    conversation_id: UUID


class ReadFrame(Body):
    """Everything up to this message was read."""

    type: Literal["read"]
    conversation_id: UUID
    seq: Seq


class AckFrame(Body):
    """Everything up to this message has arrived at the person's device: nobody needs to notify them of it."""

    type: Literal["ack"]
    conversation_id: UUID
    seq: Seq


ClientFrame = ResumeFrame | SendFrame | TypingFrame | ReadFrame | AckFrame
TYPES = ("resume", "message", "typing", "read", "ack")
CLIENT_FRAMES: TypeAdapter[ClientFrame] = TypeAdapter(Annotated[ClientFrame, Field(discriminator="type")])


class MessageOut(MessageView):
    """A message of one of the person's conversations; the numbers of a conversation come without a gap, each once."""

    type: Literal["message"] = "message"


class TypingOut(View):
    """The other side is writing."""

    type: Literal["typing"] = "typing"
    conversation_id: UUID
    from_: str = Field(serialization_alias="from")


class ReadOut(View):
    """A party has read up to this message: in another of the person's own windows, or the other side."""

    type: Literal["read"] = "read"
    conversation_id: UUID
    by: str
    seq: int


class PresenceOut(View):
    """Somebody with whom the person shares a conversation came or went."""

    type: Literal["presence"] = "presence"
    user: str
    online: bool
    last_seen: Moment | None
    """When somebody who is offline last was online."""


class OrderOut(View):
    """One of the person's orders has another status."""

    type: Literal["order"] = "order"
    number: str
    status: str
    version: int
    at: Moment


class ResumedOut(View):
    """Everything that was requested with `resume` is sent; what comes from now on is live."""

    type: Literal["resumed"] = "resumed"
    upto: list[ResumeFrom]
    """The conversations that were resumed, each with the number up to which it was sent."""


class ErrorOut(View):
    """What a frame asked for was refused; the socket stays open."""

    type: Literal["error"] = "error"
    code: str
    """A problem code as in HTTP; `unknown_frame` for a type that is none of ours; `resume_ahead` for a number above the
    conversation's head.
    """
    detail: str
    conversation_id: UUID | None = None
    client_id: str | None = None
    """Of the message that was refused."""
    head: int | None = None


ServerFrame = MessageOut | TypingOut | ReadOut | PresenceOut | OrderOut | ResumedOut | ErrorOut


class UnknownFrame(Exception):
    """A frame whose type is none of ours."""


def read(text: str) -> ClientFrame:
    """The frame of a text. Raises RefusedError for what is no frame, UnknownFrame for a type that is none of ours."""
    found = parse(text.encode())
    if isinstance(found, dict) and found.get("type") not in TYPES:
        raise UnknownFrame
    try:
        return CLIENT_FRAMES.validate_json(text)
    except ValidationError:
        raise RefusedError(Refusal.VALIDATION_FAILED) from None


def written(frame: ServerFrame) -> bytes:
    """A frame as it is sent."""
    return frame.model_dump_json(by_alias=True, exclude_none=isinstance(frame, ErrorOut)).encode()
