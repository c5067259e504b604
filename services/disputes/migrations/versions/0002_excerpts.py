"""What chat publishes for cases: excerpts of conversations and logs, and later comments."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the tables; there is no way back but a restore."""
    op.execute(
        """
        create table excerpt_parts (
            number text not null,
            part integer not null check (part between 1 and parts),
            parts integer not null,
            omitted boolean not null,
            waiting_since timestamptz,
            primary key (number, part)
        );
        create index excerpt_parts_waiting on excerpt_parts (waiting_since) where waiting_since is not null;
        create table case_entries (
            number text not null,
            id uuid not null,
            kind text not null check (kind in ('message', 'comment', 'system')),
            seq integer not null,
            by_user text,
            by_role text check (by_role in ('buyer', 'seller', 'support', 'provider')),
            "row" text,
            text text not null,
            auto boolean not null,
            at timestamptz not null,
            waiting_since timestamptz,
            primary key (number, id)
        );
        create index case_entries_time on case_entries (number, at, id);
        create index case_entries_waiting on case_entries (waiting_since) where waiting_since is not null;
        """
    )
