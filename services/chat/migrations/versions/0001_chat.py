"""Conversations, messages and order logs, beside the tables that every service has."""

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
        create table listings (
            listing_id text primary key,
            seller text not null,
            version bigint not null
        );
        create index listings_seller on listings (seller);
        create table orders (
            number text primary key,
            buyer text not null,
            seller text not null,
            category text not null,
            paid boolean not null,
            version integer not null,
            lines integer not null check (lines >= 0),
            hash text not null
        );
        create table account_statuses (
            account text primary key,
            suspended boolean not null,
            version integer not null
        );
        create table conversations (
            id uuid primary key,
            buyer text not null,
            seller text not null,
            head integer not null check (head >= 0),
            opened_at timestamptz not null,
            active_at timestamptz not null,
            constraint conversations_pair unique (buyer, seller),
            constraint conversations_two check (buyer <> seller)
        );
        create index conversations_buyer on conversations (buyer, active_at desc, id);
        create index conversations_seller on conversations (seller, active_at desc, id);
        create table conversation_orders (
            conversation_id uuid not null references conversations (id),
            number text not null,
            at timestamptz not null,
            primary key (conversation_id, number)
        );
        create table messages (
            conversation_id uuid not null references conversations (id),
            seq integer not null check (seq > 0),
            id uuid not null unique,
            sender text not null,
            by_user text not null,
            client_id text not null,
            fingerprint text not null,
            text text not null,
            auto boolean not null,
            at timestamptz not null,
            primary key (conversation_id, seq),
            constraint messages_client unique (conversation_id, sender, client_id)
        );
        create table withheld (
            conversation_id uuid not null references conversations (id),
            sender text not null,
            client_id text not null,
            fingerprint text not null,
            kinds text[] not null,
            at timestamptz not null,
            primary key (conversation_id, sender, client_id)
        );
        create table marks (
            conversation_id uuid not null references conversations (id),
            account text not null,
            seq integer not null,
            at timestamptz not null,
            primary key (conversation_id, account)
        );
        create table unread_runs (
            conversation_id uuid not null references conversations (id),
            account text not null,
            first_seq integer not null,
            due_at timestamptz not null,
            notified_at timestamptz,
            primary key (conversation_id, account)
        );
        create index unread_runs_due on unread_runs (due_at) where notified_at is null;
        create table log_lines (
            number text not null references orders (number),
            seq integer not null check (seq > 0),
            id uuid not null unique,
            kind text not null check (kind in ('comment', 'system')),
            by_user text,
            by_role text check (by_role in ('buyer', 'seller', 'support', 'provider')),
            "row" text,
            version integer,
            text text not null,
            at timestamptz not null,
            previous_hash text not null,
            hash text not null,
            primary key (number, seq),
            constraint log_lines_step unique (number, version, "row"),
            constraint log_lines_kinds check ((kind = 'system') = ("row" is not null))
        );
        create table sellers (
            seller text primary key,
            auto_reply text,
            quick_replies text[] not null
        );
        create table auto_replied (
            seller text not null,
            buyer text not null,
            at timestamptz not null,
            primary key (seller, buyer)
        );
        """
    )
