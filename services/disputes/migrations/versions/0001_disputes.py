"""Cases and their evidence, accounts and their offences, beside the tables that every service has."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

COMMON = Path(__file__).parents[4] / "shared/db/common"


def upgrade() -> None:
    """Make everything; there is no way back but a restore."""
    op.execute((COMMON / "0001.sql").read_text(encoding="utf-8"))
    op.execute(
        """
        create table cases (
            id uuid primary key,
            number text not null unique,
            buyer text not null,
            seller text not null,
            held bigint not null check (held >= 0),
            currency text not null,
            cause text not null check (cause in ('escalated', 'charged_back')),
            state text not null check (state in ('open', 'decided', 'closed')),
            version integer not null,
            generation integer not null,
            opened_at timestamptz not null,
            active_at timestamptz not null,
            due_at timestamptz,
            assigned_to text,
            ruled_outcome text check (ruled_outcome in ('buyer_wins', 'seller_wins', 'split')),
            ruled_amount bigint check (ruled_amount between 0 and held),
            ruled_reason text,
            ruled_by text,
            ruled_at timestamptz,
            outcome text check (outcome in ('buyer_wins', 'seller_wins', 'split', 'seller_agreed', 'withdrawn')),
            overtaken boolean not null,
            reminders integer not null,
            escalated_at timestamptz,
            closed_at timestamptz,
            snapshot jsonb not null,
            constraint cases_decided check (state <> 'decided' or ruled_outcome is not null),
            constraint cases_closed check ((state = 'closed') = (outcome is not null))
        );
        create index cases_open on cases (active_at) where state = 'open';
        create index cases_due on cases (due_at) where due_at is not null;
        create index cases_buyer on cases (buyer, id);
        create index cases_seller on cases (seller, id);
        create table evidence (
            id uuid primary key,
            case_id uuid not null references cases (id),
            by_user text not null,
            by_role text not null check (by_role in ('buyer', 'seller', 'support')),
            text text not null,
            video_reference text,
            at timestamptz not null
        );
        create index evidence_case on evidence (case_id, id);
        create table case_steps (
            case_id uuid not null references cases (id),
            version integer not null,
            "row" text not null,
            by_user text,
            by_role text not null,
            at timestamptz not null,
            why text not null,
            primary key (case_id, version)
        );
        create table closings (
            number text primary key,
            version integer not null,
            "row" text not null,
            at timestamptz not null
        );
        create table accounts (
            "user" text primary key,
            standing text not null check (standing in ('active', 'warned', 'suspended', 'terminated')),
            offences integer not null check (offences >= 0),
            frozen boolean not null,
            reason text not null,
            version integer not null,
            changed_at timestamptz
        );
        create table account_steps (
            "user" text not null references accounts ("user"),
            version integer not null,
            "row" text not null,
            by_user text,
            standing text not null,
            reason text not null,
            at timestamptz not null,
            primary key ("user", version)
        );
        create table offences (
            id uuid primary key,
            "user" text not null,
            source text not null,
            source_id text not null,
            kinds text[] not null,
            at timestamptz not null,
            annulled_at timestamptz,
            annulled_by text,
            annulled_why text
        );
        create unique index offences_source on offences (source, source_id);
        create index offences_user on offences ("user", at);
        create table flags (
            id uuid primary key,
            "user" text not null,
            kind text not null check (kind in ('duplicate_listing', 'off_site_offer', 'conduct_report')),
            text text not null,
            by_user text not null,
            source text not null,
            at timestamptz not null,
            resolved_at timestamptz,
            resolved_by text,
            resolution text
        );
        create index flags_open on flags (at) where resolved_at is null;
        create unique index flags_source on flags (source);
        """
    )
