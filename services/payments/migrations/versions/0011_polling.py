"""Attempts are created before their provider knows them, and the provider is polled for what became of them."""

from alembic import op

revision = "0011"
down_revision = "0010"

POLLING = """
alter table attempts add column poll_at timestamptz, add column polls integer not null default 0;
alter table attempts drop constraint attempts_status_check, add constraint attempts_status_check check (status in (
    'created', 'pending', 'authorised', 'captured', 'failed', 'void_pending', 'voided', 'abandoned', 'reversed'));
create index attempts_unknown on attempts (poll_at) where poll_at is not null;
create table sandbox_intents (
    attempt_id uuid primary key,
    state text not null check (state in ('open', 'authorised', 'captured', 'voided')),
    created_at timestamptz not null default clock_timestamp()
);
create table sandbox_messages (
    id bigint generated always as identity primary key,
    attempt_id uuid not null,
    event_id text not null,
    body bytea not null,
    sent_at timestamptz not null default clock_timestamp()
);
create index sandbox_messages_attempt on sandbox_messages (attempt_id, id)
"""


def upgrade() -> None:
    """Nothing is polled for attempts that were made before: their providers' messages end them."""
    op.execute(POLLING)
