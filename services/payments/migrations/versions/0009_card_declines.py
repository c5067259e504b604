"""Declined cards, once per attempt: three within an hour close a buyer's card methods."""

from alembic import op

revision = "0009"
down_revision = "0008"

DECLINES = """
create table card_declines (
    attempt_id uuid primary key references attempts,
    buyer text not null,
    at timestamptz not null
);
create index card_declines_buyer on card_declines (buyer, at);
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on card_declines from payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Declines count from now on."""
    op.execute(DECLINES)
