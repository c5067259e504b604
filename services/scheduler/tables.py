"""The table of the scheduler, and how a row becomes a timer. Storage only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, DateTime, Index, MetaData, Text, text
from sqlmodel import Field, SQLModel

from services.scheduler.domain.timers import State, Timer, TimerSeen

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


class TimerRow(SQLModel, table=True):
    """The highest generation of one key of one owner: a pending timer, a fired one, or a tombstone."""

    metadata = METADATA
    __tablename__ = "timers"
    __table_args__ = (
        Index("timers_due", "due_at", "owner", "key", postgresql_where=text("state = 'pending'")),
        Index("timers_settled", "changed_at", postgresql_where=text("state <> 'pending'")),
        Index("timers_subject", "subject", "owner", "key"),
        CheckConstraint("state in ('pending', 'fired', 'withdrawn')", name="timers_state"),
        CheckConstraint("state = 'withdrawn' or (kind is not null and due_at is not null)", name="timers_whole"),
    )

    owner: str = Field(primary_key=True, sa_type=Text)  # the service that gets the expiry notification
    key: str = Field(primary_key=True, sa_type=Text)  # the owner's name for the thing
    subject: str = Field(sa_type=Text)  # what people call it
    kind: str | None = Field(default=None, sa_type=Text)  # which deadline, e.g. `D3`; None after a mere withdrawal
    generation: int = Field(sa_type=BigInteger)  # the highest that arrived
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)  # business time
    state: str = Field(sa_type=Text)  # `pending`, `fired` or `withdrawn`
    fired_at: datetime | None = Field(default=None, sa_type=MOMENT)  # business time
    changed_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))
    """Real time, for the retention."""


def to_domain(row: Mapping[str, Any]) -> Timer:
    """The timer of a row that is or was pending."""
    return Timer(**{name: row[name] for name in Timer.__dataclass_fields__})


def to_seen(row: TimerRow) -> TimerSeen:
    """A row as people see it."""
    return TimerSeen(
        row.owner, row.key, row.subject, row.kind, row.generation, row.due_at, State(row.state), row.fired_at
    )
