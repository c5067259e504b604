"""Gift cards by the hash of their PIN, what is owed for them, and how often PINs were refused."""

from alembic import op

revision = "0013"
down_revision = "0012"

CARDS = """
create table gift_cards (
    id uuid primary key,
    pin_hash bytea not null constraint gift_cards_pin unique,
    batch uuid not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    bought_at timestamptz not null,
    expires_at timestamptz not null,
    used_by text,
    used_at timestamptz,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint gift_cards_used check ((used_by is null) = (used_at is null)),
    constraint gift_cards_expire check (expires_at > bought_at)
);
create table refused_pins (
    id bigint generated always as identity primary key,
    "user" text not null,
    at timestamptz not null
);
create index refused_pins_user on refused_pins ("user", at)
"""

LEDGER = """
alter table accounts drop constraint accounts_kind_check, add constraint accounts_kind_check check (kind in (
    'buyer_balance', 'seller_available', 'escrow', 'incoming', 'frozen_balance', 'frozen_available',
    'seller_withdrawal', 'provider', 'unmatched', 'fee_revenue', 'service_tax_payable', 'processing_fee',
    'forfeited', 'adjustment', 'charge_back_loss', 'gift_cards'));
alter table entries drop constraint entries_story_check, add constraint entries_story_check check (story in (
    'capture', 'funding', 'credit', 'settlement', 'resolution', 'freeze', 'release', 'charge_back', 'return',
    'adjustment', 'gift_card_sale', 'top_up'))
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on gift_cards from payments_app;
        grant update (used_by, used_at) on gift_cards to payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Nothing that is there changes."""
    for part in (CARDS, LEDGER, RIGHTS):
        op.execute(part)
