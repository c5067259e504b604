"""The tables of disputes, and how a row becomes a domain object and back. Storage only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field, SQLModel

from services.disputes.domain.case import Case, Outcome, Ruling, State
from services.disputes.domain.conduct import Account, AccountStatus

METADATA = MetaData()
MOMENT = DateTime(timezone=True)


class Table(SQLModel):
    """Base of the service's own tables."""

    metadata = METADATA


class CaseRow(Table, table=True):
    """A case, with the event of orders that opened it."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_open", "active_at", postgresql_where=text("state = 'open'")),
        Index("cases_due", "due_at", postgresql_where=text("due_at is not null")),
        Index("cases_buyer", "buyer", "id"),
        Index("cases_seller", "seller", "id"),
    )

    id: UUID = Field(primary_key=True)
    number: str = Field(unique=True, sa_type=Text)  # the order's
    buyer: str = Field(sa_type=Text)
    seller: str = Field(sa_type=Text)
    held: int = Field(sa_type=BigInteger)  # what escrow held when it was opened, in minor units
    currency: str = Field(sa_type=Text)
    cause: str = Field(sa_type=Text)  # `escalated` or `charged_back`
    state: str = Field(sa_type=Text)  # `open`, `decided` or `closed`
    version: int = Field(sa_type=Integer)  # number of the latest step
    generation: int = Field(sa_type=Integer)  # of its deadline
    opened_at: datetime = Field(sa_type=MOMENT)
    active_at: datetime = Field(sa_type=MOMENT)  # when something last happened
    due_at: datetime | None = Field(default=None, sa_type=MOMENT)  # of the next reminder or escalation
    assigned_to: str | None = Field(default=None, sa_type=Text)  # the member of support
    ruled_outcome: str | None = Field(default=None, sa_type=Text)
    ruled_amount: int | None = Field(default=None, sa_type=BigInteger)  # what the buyer gets, in minor units
    ruled_reason: str | None = Field(default=None, sa_type=Text)
    ruled_by: str | None = Field(default=None, sa_type=Text)
    ruled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    outcome: str | None = Field(default=None, sa_type=Text)  # how it ended; None while it is not closed
    overtaken: bool = Field(sa_type=Boolean)  # the ruling came too late
    reminders: int = Field(sa_type=Integer)  # how many support got
    escalated_at: datetime | None = Field(default=None, sa_type=MOMENT)  # when an operator was notified
    closed_at: datetime | None = Field(default=None, sa_type=MOMENT)
    snapshot: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """The latest event of the order in dispute."""


class EvidenceRow(Table, table=True):
    """What a party or support added to a case; append-only."""

    __tablename__ = "evidence"
    __table_args__ = (Index("evidence_case", "case_id", "id"),)

    id: UUID = Field(primary_key=True)
    case_id: UUID = Field(sa_column=Column(ForeignKey("cases.id"), nullable=False))
    by_user: str = Field(sa_type=Text)
    by_role: str = Field(sa_type=Text)  # `buyer`, `seller` or `support`
    text: str = Field(sa_type=Text)
    video_reference: str | None = Field(default=None, sa_type=Text)  # of a video sent by e-mail
    at: datetime = Field(sa_type=MOMENT)
    attachments: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}"))  # ids at chat


class CaseStepRow(Table, table=True):
    """One step of a case: the audit trail."""

    __tablename__ = "case_steps"

    case_id: UUID = Field(sa_column=Column(ForeignKey("cases.id"), primary_key=True))
    version: int = Field(primary_key=True, sa_type=Integer)  # of the case after it
    row: str = Field(sa_type=Text)  # of the table, e.g. `C1`
    by_user: str | None = Field(default=None, sa_type=Text)  # None for a deadline or an event
    by_role: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)
    why: str = Field(sa_type=Text)  # one sentence


class ClosingRow(Table, table=True):
    """An order that was closed before the event of its dispute was consumed: events come in any order."""

    __tablename__ = "closings"

    number: str = Field(primary_key=True, sa_type=Text)  # the order's
    version: int = Field(sa_type=Integer)  # the order's version when it was closed
    row: str = Field(sa_type=Text)  # of the order's lifecycle, e.g. `T25`
    at: datetime = Field(sa_type=MOMENT)


class ExcerptPartRow(Table, table=True):
    """A part of an order's excerpt that has arrived, perhaps before its case was opened."""

    __tablename__ = "excerpt_parts"
    __table_args__ = (
        CheckConstraint("part between 1 and parts"),
        Index("excerpt_parts_waiting", "waiting_since", postgresql_where=text("waiting_since is not null")),
    )

    number: str = Field(primary_key=True, sa_type=Text)  # the order's
    part: int = Field(primary_key=True, sa_type=Integer)  # from 1
    parts: int = Field(sa_type=Integer)  # how many there are
    omitted: bool = Field(sa_type=Boolean)  # whether the excerpt leaves out what is older
    waiting_since: datetime | None = Field(default=None, sa_type=MOMENT)  # None once there is a case


class EntryRow(Table, table=True):
    """A message or a line of the order's log, perhaps from before the case was opened; append-only."""

    __tablename__ = "case_entries"
    __table_args__ = (
        Index("case_entries_time", "number", "at", "id"),
        Index("case_entries_waiting", "waiting_since", postgresql_where=text("waiting_since is not null")),
    )

    number: str = Field(primary_key=True, sa_type=Text)  # the order's
    id: UUID = Field(primary_key=True)  # of the message or line
    kind: str = Field(sa_type=Text)  # `message`, `comment` or `system`
    seq: int = Field(sa_type=Integer)  # in its conversation or log
    by_user: str | None = Field(default=None, sa_type=Text)  # None for a deadline
    by_role: str | None = Field(default=None, sa_type=Text)
    row: str | None = Field(default=None, sa_type=Text)  # of the order's table, e.g. `T7`
    text: str = Field(sa_type=Text)
    auto: bool = Field(sa_type=Boolean)  # the seller's automatic reply
    at: datetime = Field(sa_type=MOMENT)
    attachments: list[UUID] = Field(sa_column=Column(ARRAY(Uuid), nullable=False, server_default="{}"))  # ids at chat
    waiting_since: datetime | None = Field(default=None, sa_type=MOMENT)  # None once there is a case


class AccountRow(Table, table=True):
    """The status of an account."""

    __tablename__ = "accounts"

    user: str = Field(primary_key=True, sa_type=Text)
    standing: str = Field(sa_type=Text)  # the account status
    offences: int = Field(sa_type=Integer)  # how many count
    frozen: bool = Field(sa_type=Boolean)  # whether both balances are frozen
    reason: str = Field(sa_type=Text)  # of the latest change
    version: int = Field(sa_type=Integer)  # raised by every change
    changed_at: datetime | None = Field(default=None, sa_type=MOMENT)


class AccountStepRow(Table, table=True):
    """One change of an account's status: the audit trail."""

    __tablename__ = "account_steps"

    user: str = Field(sa_column=Column(Text, ForeignKey("accounts.user"), primary_key=True))
    version: int = Field(primary_key=True, sa_type=Integer)  # of the account after it
    row: str = Field(sa_type=Text)  # of the table, e.g. `O2`
    by_user: str | None = Field(default=None, sa_type=Text)  # None for an offence
    standing: str = Field(sa_type=Text)  # the status after it
    reason: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=MOMENT)


class OffenceRow(Table, table=True):
    """Contact information that an account wrote; one source counts once."""

    __tablename__ = "offences"
    __table_args__ = (
        Index("offences_source", "source", "source_id", unique=True),
        Index("offences_user", "user", "at"),
    )

    id: UUID = Field(primary_key=True)
    user: str = Field(sa_type=Text)
    source: str = Field(sa_type=Text)  # `listing`, `message` or `log`
    source_id: str = Field(sa_type=Text)  # which text it was
    kinds: list[str] = Field(sa_column=Column(ARRAY(Text), nullable=False))  # email, phone, link, handle
    at: datetime = Field(sa_type=MOMENT)
    annulled_at: datetime | None = Field(default=None, sa_type=MOMENT)
    annulled_by: str | None = Field(default=None, sa_type=Text)
    annulled_why: str | None = Field(default=None, sa_type=Text)


class FlagRow(Table, table=True):
    """Something about an account that support works through: a duplicate listing, an off-site offer, a report."""

    __tablename__ = "flags"
    __table_args__ = (
        Index("flags_open", "at", postgresql_where=text("resolved_at is null")),
        Index("flags_source", "source", unique=True),
    )

    id: UUID = Field(primary_key=True)
    user: str = Field(sa_type=Text)
    kind: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    by_user: str = Field(sa_type=Text)  # who reported it, or `detector`
    source: str = Field(sa_type=Text)  # one source is flagged once
    at: datetime = Field(sa_type=MOMENT)
    resolved_at: datetime | None = Field(default=None, sa_type=MOMENT)
    resolved_by: str | None = Field(default=None, sa_type=Text)
    resolution: str | None = Field(default=None, sa_type=Text)  # what support did


def to_case(row: Mapping[str, Any]) -> Case:
    """The case of a row."""
    plain = {name: row[name] for name in Case.__dataclass_fields__ if name not in ("state", "ruling", "outcome")}
    ruling = None
    if row["ruled_outcome"] is not None:
        ruling = Ruling(
            Outcome(row["ruled_outcome"]), row["ruled_amount"], row["ruled_reason"], row["ruled_by"], row["ruled_at"]
        )
    outcome = Outcome(row["outcome"]) if row["outcome"] else None
    return Case(**plain, state=State(row["state"]), ruling=ruling, outcome=outcome)


def from_case(case: Case) -> dict[str, Any]:
    """The columns of a case that a step may change."""
    names = ("held", "cause", "version", "generation", "active_at", "assigned_to", "overtaken", "reminders")
    ruling = case.ruling
    return {
        **{name: getattr(case, name) for name in (*names, "escalated_at", "closed_at")},
        "state": str(case.state),
        "ruled_outcome": str(ruling.outcome) if ruling else None,
        "ruled_amount": ruling.buyer_amount if ruling else None,
        "ruled_reason": ruling.reason if ruling else None,
        "ruled_by": ruling.by if ruling else None,
        "ruled_at": ruling.at if ruling else None,
        "outcome": str(case.outcome) if case.outcome else None,
    }


def to_account(row: Mapping[str, Any]) -> Account:
    """The account of a row."""
    plain = {name: row[name] for name in Account.__dataclass_fields__ if name != "status"}
    return Account(**plain, status=AccountStatus(row["standing"]))
