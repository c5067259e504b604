"""Attachments of messages and log lines, what their retention depends on, and when an order was paid and closed."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the tables and columns; there is no way back but a restore."""
    op.execute(
        """
        create table attachments (
            id uuid primary key,
            conversation_id uuid references conversations (id),
            number text references orders (number),
            dispute_id uuid,
            account text not null,
            by_user text not null,
            sha256 text,
            type text check (type in ('image/png', 'image/jpeg')),
            width integer check (width > 0),
            height integer check (height > 0),
            uploaded_at timestamptz not null,
            used_at timestamptz,
            purged_at timestamptz,
            keep_until timestamptz not null,
            constraint attachments_context check (num_nonnulls(conversation_id, number) = 1
                and (dispute_id is null or number is not null)),
            constraint attachments_stored check (num_nulls(sha256, type, width, height) in (0, 4)
                and (used_at is null or sha256 is not null))
        );
        create index attachments_due on attachments (keep_until) where purged_at is null;
        create index attachments_unused on attachments (account) where used_at is null;
        create table cases (
            dispute_id uuid primary key,
            number text not null,
            closed boolean not null
        );
        create index cases_number on cases (number);
        alter table orders add column paid_at timestamptz, add column closed_at timestamptz;
        create index orders_pair on orders (buyer, seller);
        alter table messages add column attachments uuid[] not null default '{}';
        alter table log_lines add column attachments text[] not null default '{}';
        """
    )
