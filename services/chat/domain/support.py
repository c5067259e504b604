"""What support owes a user an answer to, and its lifecycle as one table (rules 8.7)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.refusals import Refusal, RefusalCode

ANSWER_WITHIN = timedelta(hours=24)
"""D9: from the user's first unanswered message on."""


class Channel(StrEnum):
    """How a user writes to support."""

    CHAT = "chat"  # live, with pictures
    MESSAGE = "message"  # text only


class Status(StrEnum):
    """What support has to do."""

    WAITING = "waiting"  # the user waits for an answer
    OVERDUE = "overdue"  # for more than 24 hours
    ANSWERED = "answered"


class Action(StrEnum):
    """What happens to an item of the queue."""

    ASK = "ask"
    ANSWER = "answer"
    EXPIRE = "expire"


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The first message of the user that support has not answered."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Item:
    """A user's conversation with support over one channel, as support's queue has it."""

    conversation_id: UUID
    account: str
    channel: Channel
    status: Status
    version: int
    generation: int
    unanswered: Unanswered | None = None
    assigned_to: str | None = None
    """Who of support takes care of it."""

    def __post_init__(self) -> None:
        """Raises AssertionError for facts that contradict each other."""
        assert (self.status is Status.ANSWERED) == (self.unanswered is None), "something is unanswered, or nothing is"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: its number, the sources, the action, whether more is unanswered, and the target."""

    id: str
    sources: tuple[Status, ...]
    action: Action
    target: Status
    more: bool | None = None
    """Whether a later message is still unanswered; None where that is not looked at."""


S, A = Status, Action
TABLE: tuple[Row, ...] = (
    Row("Q1", (S.ANSWERED,), A.ASK, S.WAITING),
    Row("Q2", (S.WAITING, S.OVERDUE), A.ANSWER, S.ANSWERED, more=False),
    Row("Q3", (S.WAITING, S.OVERDUE), A.ANSWER, S.WAITING, more=True),
    Row("Q4", (S.WAITING,), A.EXPIRE, S.OVERDUE),
)
"""More messages of a user who waits, and more answers to one who does not, change nothing."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When an operator is notified that a user waits."""

    kind: str
    due_at: datetime


def begun(conversation_id: UUID, account: str, channel: Channel) -> Item:
    """The item of a conversation in which nothing was written."""
    return Item(conversation_id, account, channel, Status.ANSWERED, version=1, generation=0)


def decide(item: Item, action: Action, *, more: bool = False) -> Row | RefusalCode:
    """The row that applies; `wrong_status` where none does, which then changes nothing."""
    rows = (row for row in TABLE if row.action is action and item.status in row.sources)
    return next((row for row in rows if row.more in (None, more)), Refusal.WRONG_STATUS)


def apply(item: Item, row: Row, unanswered: Unanswered | None) -> Item:
    """The item after the row, with what is unanswered from then on."""
    return replace(item, status=row.target, version=item.version + 1, unanswered=unanswered)


def current(item: Item) -> Deadline | None:
    """D9 of an item: it is not restarted by more messages, and it ends with an answer that the user sees."""
    if item.status is not Status.WAITING or item.unanswered is None:
        return None
    return Deadline("D9", item.unanswered.at + ANSWER_WITHIN)
