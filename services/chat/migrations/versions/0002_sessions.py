"""Tickets, live sessions, and when an account was last active."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables; there is no way back but a restore."""
    op.execute(
        """
        create table tickets (
            hash text primary key,
            account text not null,
            by_user text not null,
            role text not null check (role in ('user', 'support')),
            token_expires_at timestamptz not null,
            expires_at timestamptz not null
        );
        create index tickets_by_user on tickets (by_user);
        create index tickets_expires on tickets (expires_at);
        create table instances (
            id uuid primary key,
            seen_at timestamptz not null,
            active_at timestamptz not null
        );
        create table sessions (
            id uuid primary key,
            instance_id uuid not null,
            account text not null,
            by_user text not null
        );
        create index sessions_instance on sessions (instance_id);
        create index sessions_account on sessions (account);
        create index sessions_by_user on sessions (by_user);
        create table last_active (
            account text primary key,
            at timestamptz not null
        );
        create index conversations_active on conversations (active_at);
        """
    )
