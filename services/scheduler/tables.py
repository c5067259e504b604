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

    owner: str = Field(primary_key=True, sa_type=Text)
    key: str = Field(primary_key=True, sa_type=Text)
    subject: str = Field(sa_type=Text)
    kind: str | None = Field(default=None, sa_type=Text)
    generation: int = Field(sa_type=BigInteger)
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)
    state: str = Field(sa_type=Text)
    fired_at: datetime | None = Field(default=None, sa_type=MOMENT)
    changed_at: datetime = Field(sa_column=Column(MOMENT, nullable=False, server_default=text("clock_timestamp()")))


def to_domain(row: Mapping[str, Any]) -> Timer:
    """The timer of a row that is or was pending."""
    return Timer(**{name: row[name] for name in Timer.__dataclass_fields__})


def to_seen(row: TimerRow) -> TimerSeen:
    """A row as people see it."""
    return TimerSeen(
        row.owner, row.key, row.subject, row.kind, row.generation, row.due_at, State(row.state), row.fired_at
    )
