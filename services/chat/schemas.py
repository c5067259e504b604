"""HTTP bodies of chat: what is asked, strictly, and what is answered."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field

from services.chat.domain.conversation import Message
from services.chat.domain.log import Line
from services.chat.domain.session import Presence
from services.chat.queries import Seen
from shared.http.fields import Body, Clean, Moment, View

QUICK_REPLIES_MAX = 10
WORDS_MAX = 250

AccountName = Annotated[str, Field(min_length=1, max_length=128, examples=["bob"]), Clean]
MessageText = Annotated[str, Field(min_length=1, max_length=2000, examples=["Is it still there?"]), Clean]
ClientId = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$", examples=["m-1"])]


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


class MessageIn(Body):
    """A message; sent again under the same client_id it is the same message."""

    client_id: ClientId
    text: MessageText


class ReadIn(Body):
    """Up to which message a party has read."""

    seq: int = Field(ge=0, le=2**31 - 1, examples=[1])


class LogCommentIn(Body):
    """A comment for the order's log."""

    text: MessageText


class AutoReplyIn(Body):
    """The automatic reply; null removes it."""

    text: Annotated[str, Field(min_length=1, max_length=500, examples=["Back in an hour"]), Clean] | None


class QuickRepliesIn(Body):
    """Texts that the seller answers with often."""

    replies: list[QuickReply] = Field(max_length=QUICK_REPLIES_MAX)


class ConversationView(View):
    """A conversation as one of its parties sees it."""

    id: UUID
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
    at: Moment
    hash: str
    previous_hash: str


class LogView(View):
    """Lines behind a number, oldest first, and whether there are more."""

    items: list[LogLineView]
    more: bool


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


class QuickRepliesView(View):
    """The texts that the seller answers with often, in their order."""

    replies: list[str]


def conversation_view(seen: Seen) -> ConversationView:
    """A conversation for one of its parties."""
    return ConversationView.of(seen.conversation, orders=list(seen.orders), read=seen.read, unread=seen.unread)


def message_view(message: Message) -> MessageView:
    """A message for both parties; which assistant wrote it stays with the seller."""
    return MessageView.of(message, from_=message.sender)


def messages_view(found: tuple[int, list[Message]]) -> MessagesView:
    """A page of messages."""
    head, messages = found
    return MessagesView(items=[message_view(each) for each in messages], head=head)


def presence_view(presence: Presence) -> PresenceView:
    """The presence of an account, as its reader may see it."""
    return PresenceView.of(presence, user=presence.account)


def line_view(line: Line) -> LogLineView:
    """A line of a log."""
    return LogLineView.of(line, by=Author(user=line.by_user, role=line.by_role))
