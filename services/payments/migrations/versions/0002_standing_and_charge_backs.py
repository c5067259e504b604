"""How accounts stand, money that is frozen with them, and what providers take back."""

from alembic import op

revision = "0002"
down_revision = "0001"

STANDING = """
create table standings (
    account text primary key,
    suspended boolean not null,
    frozen boolean not null,
    version integer not null,
    constraint standings_frozen check (suspended or not frozen)
);
create function frozen_among(p_users text[]) returns text[] language plpgsql as $$
begin
    perform pg_advisory_xact_lock_shared(hashtextextended('standing:' || who, 0))
    from (select who from unnest(p_users) who order by who) sorted;
    return array(select account from standings where frozen and account = any(p_users));
end $$
"""

CHARGE_BACKS = """
create table charge_backs (
    id uuid primary key,
    provider text not null,
    event_id text not null,
    transaction_id text not null,
    attempt_id uuid not null references attempts,
    payment_number text not null,
    capture_id uuid unique references captures,
    reason text not null,
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint charge_backs_event unique (provider, event_id),
    constraint charge_backs_transaction unique (provider, transaction_id)
);
create index charge_backs_attempt on charge_backs (attempt_id);
alter table payment_lines add column charged_back_by text;
alter table attempts drop constraint attempts_status_check, add constraint attempts_status_check check (
    status in ('pending', 'authorised', 'captured', 'failed', 'voided', 'abandoned', 'reversed'));
alter table unmatched_items drop constraint unmatched_items_capture_id_key;
create index unmatched_items_capture on unmatched_items (capture_id)
"""

LEDGER = """
alter table accounts drop constraint accounts_kind_check, add constraint accounts_kind_check check (kind in (
    'buyer_balance', 'seller_available', 'escrow', 'incoming', 'frozen_balance', 'frozen_available',
    'seller_withdrawal', 'provider', 'unmatched', 'fee_revenue', 'service_tax_payable', 'processing_fee',
    'forfeited', 'adjustment', 'charge_back_loss'));
alter table entries drop constraint entries_story_check, add constraint entries_story_check check (story in (
    'capture', 'funding', 'credit', 'settlement', 'resolution', 'freeze', 'release', 'charge_back'))
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on charge_backs from payments_app;
        grant update (capture_id) on charge_backs to payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Add to what is there; nothing that was booked changes."""
    for part in (STANDING, CHARGE_BACKS, LEDGER, RIGHTS):
        op.execute(part)
