"""Adjustments by support: goodwill and forfeits."""

from alembic import op

revision = "0012"
down_revision = "0011"

ADJUSTMENTS = """
create table adjustments (
    id uuid primary key,
    kind text not null check (kind in ('goodwill', 'forfeit')),
    "user" text not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    reason text not null,
    requested_by text not null,
    requested_at timestamptz not null,
    needs_second boolean not null,
    state text not null check (state in ('pending', 'booked', 'rejected')),
    decided_by text,
    decided_at timestamptz,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint adjustments_decided check ((decided_by is null) = (decided_at is null))
);
create index adjustments_pending on adjustments (id) where state = 'pending';
create index adjustments_user on adjustments ("user", id);
alter table entries drop constraint entries_story_check, add constraint entries_story_check check (story in (
    'capture', 'funding', 'credit', 'settlement', 'resolution', 'freeze', 'release', 'charge_back', 'return',
    'adjustment'))
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on adjustments from payments_app;
        grant update (state, decided_by, decided_at) on adjustments to payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Nothing that is there changes."""
    for part in (ADJUSTMENTS, RIGHTS):
        op.execute(part)
