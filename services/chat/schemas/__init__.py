"""HTTP bodies of chat: what is asked, strictly, and what is answered."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from services.chat.domain.attachment import PER_MESSAGE_MAX, Attachment
from services.chat.domain.conversation import Message, shown
from services.chat.domain.log import Line
from services.chat.domain.session import Presence
from services.chat.queries import Log, Seen
from services.chat.queries.answers import Answers
from shared.http.fields import Body, Clean, EachOnce, Moment, Printable, View
from shared.texts import has_text

QUICK_REPLIES_MAX = 10
WORDS_MAX = 250

AccountName = Annotated[str, Field(min_length=1, max_length=128, examples=["bob"]), Clean]
ClientId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["m-1"])]


def _text_or_pictures(text: str, info: ValidationInfo) -> str:
    is_needed = text != "" or info.data.get("attachments") == []
    if is_needed and not has_text(text):
        raise ValueError("must not be blank without pictures")
    return text


FreeText = Annotated[
    str,
    Field(max_length=2000, examples=["Is it still there?"], validate_default=True),
    Printable,
    AfterValidator(_text_or_pictures),
]
AttachmentId = Annotated[UUID, Field(strict=False)]
AttachmentIds = Annotated[list[AttachmentId], Field(max_length=PER_MESSAGE_MAX, examples=[[]]), EachOnce]


def _few_words(text: str) -> str:
    if len(text.split()) > WORDS_MAX:
        raise ValueError(f"must have at most {WORDS_MAX} words")
    return text


QuickReply = Annotated[
    str, Field(min_length=1, max_length=2000, examples=["On my way"]), Clean, AfterValidator(_few_words)
]


class ConversationIn(Body):
    """With whom to talk, in which role, and about what."""

    with_: AccountName = Field(alias="with")
    as_: Literal["buyer", "seller"] = Field(alias="as", examples=["buyer"])
    listing_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["l-1"])] | None = None
    order_number: Annotated[str, Field(pattern=r"^[A-Z0-9]{1,64}$", examples=["K5657777893"])] | None = None


class Written(Body):
    """A text, pictures, or both: what somebody writes."""

    attachments: AttachmentIds = Field(default_factory=list)
    """Ids of pictures that the writer uploaded for this place and has not used yet."""
    text: FreeText = ""
    """Needed unless there are pictures."""


class MessageIn(Written):
    """A message; sent again under the same client_id it is the same message."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"client_id": "m-1", "text": "Is it still there?"}]})

    client_id: ClientId


class ReadIn(Body):
    """Up to which message a party has read."""

    seq: int = Field(ge=0, le=2**31 - 1, examples=[1])


class LogCommentIn(Written):
    """A comment for the order's log."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"text": "Handed over in the town"}]})


class AutoReplyIn(Body):
    """The automatic reply; null removes it."""

    text: Annotated[str, Field(min_length=1, max_length=500, examples=["Back in an hour"]), Clean] | None


class QuickRepliesIn(Body):
    """Texts that the seller answers with often."""

    replies: list[QuickReply] = Field(max_length=QUICK_REPLIES_MAX)


class ConversationView(View):
    """A conversation as one of its parties sees it."""

    id: UUID
    kind: Literal["trade", "support_chat"]
    """Between a buyer and a seller, or a user (as the buyer) and support (as the seller)."""
    buyer: str
    seller: str
    orders: list[str]
    head: int
    read: int
    unread: int
    opened_at: Moment
    active_at: Moment


class MessageView(View):
    """A message as both parties see it."""

    conversation_id: UUID
    seq: int
    id: UUID
    client_id: str
    from_: str = Field(serialization_alias="from")
    text: str
    attachments: list[UUID]
    """Its pictures; GET /attachments/{id} leads to each."""
    auto: bool
    at: Moment


class MessagesView(View):
    """Messages behind a number, oldest first, and the number of the newest one."""

    items: list[MessageView]
    head: int


class MarkView(View):
    """How far a conversation goes."""

    id: UUID
    head: int


class Author(View):
    """Who wrote a line."""

    user: str | None
    role: Literal["buyer", "seller", "support", "provider"] | None


class LogLineView(View):
    """A line of an order's log, with the hash of the line before it."""

    id: UUID
    seq: int
    kind: Literal["comment", "system"]
    by: Author
    row: str | None
    text: str
    attachments: list[UUID]
    """Its pictures; the hash of each original is a part of the line's hash."""
    at: Moment
    hash: str
    previous_hash: str


class ProofView(View):
    """The seller's proof that an account was handed over: a picture in the log."""

    state: Literal["none", "posted"]
    since: Moment
    """When the first picture was posted; without one, when the order was paid."""


class LogView(View):
    """Lines behind a number, oldest first, and whether there are more."""

    items: list[LogLineView]
    more: bool
    proof: ProofView | None
    """Only of a paid order for an account."""


class UploadView(View):
    """A picture that is stored and waits to be used."""

    id: UUID
    sha256: str
    """Of the original as it was sent, in hex digits."""
    type: Literal["image/png", "image/jpeg"]
    """Of what was stored: the picture upright, in sRGB, with nothing beside it."""
    width: int
    height: int


class AttachmentView(View):
    """The way to a picture; once it is purged only its hash is left."""

    id: UUID
    url: str | None
    """Needs no token, until `expires_at`."""
    expires_at: Moment | None
    sha256: str
    """Of the original as it was uploaded."""
    type: Literal["image/png", "image/jpeg"]
    width: int
    height: int


class AutoReplyView(View):
    """The automatic reply."""

    text: str | None


class TicketView(View):
    """A ticket for one socket; it is good for 30 seconds."""

    ticket: str


class WithdrawnView(View):
    """The person's tickets are void and their sockets closed."""

    withdrawn: bool


class PresenceView(View):
    """Whether somebody is online: blue, or grey with the time when they last were."""

    user: str
    online: bool
    last_seen: Moment | None


class PresencesView(View):
    """The presence of each account that was asked for."""

    items: list[PresenceView]


class AnswersView(View):
    """How a seller answers buyers, over the last 90 days."""

    user: str
    questions: int
    """Buyers' messages that were answered, or had 24 hours for an answer."""
    answered_basis_points: int | None
    """How many of them were answered within 24 hours; null without any."""
    median_seconds: int | None
    """Half of the answers took no longer; null without any."""


class QuickRepliesView(View):
    """The texts that the seller answers with often, in their order."""

    replies: list[str]


def conversation_view(seen: Seen) -> ConversationView:
    """A conversation for one of its parties."""
    return ConversationView.of(
        seen.conversation,
        seller=shown(seen.conversation.seller),
        orders=list(seen.orders),
        read=seen.read,
        unread=seen.unread,
    )


def answers_view(user: str, found: Answers) -> AnswersView:
    """What everybody sees of how a seller answers."""
    share = round(found.answered_in_time * 10_000 / found.questions) if found.questions else None
    return AnswersView.of(found, user=user, answered_basis_points=share)


def message_view(message: Message) -> MessageView:
    """A message for both parties; which assistant wrote it stays with the seller."""
    return MessageView.of(message, from_=shown(message.sender), attachments=list(message.attachments))


def messages_view(found: tuple[int, list[Message]]) -> MessagesView:
    """A page of messages."""
    head, messages = found
    return MessagesView(items=[message_view(each) for each in messages], head=head)


def presence_view(presence: Presence) -> PresenceView:
    """The presence of an account, as its reader may see it."""
    return PresenceView.of(presence, user=presence.account)


def line_view(line: Line) -> LogLineView:
    """A line of a log."""
    author, pictures = Author(user=line.by_user, role=line.by_role), [each.id for each in line.attachments]
    return LogLineView.of(line, by=author, attachments=pictures)


def log_view(log: Log) -> LogView:
    """A page of a log."""
    proof = ProofView(state="posted" if log.proof.posted else "none", since=log.proof.since) if log.proof else None
    return LogView(items=[line_view(each) for each in log.lines], more=log.more, proof=proof)


def upload_view(attachment: Attachment) -> UploadView:
    """A picture that was just uploaded."""
    return UploadView.of(attachment.picture, id=attachment.id)
