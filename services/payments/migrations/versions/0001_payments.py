"""Payments, attempts, captures and the ledger, beside the tables that every service has."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

COMMON = Path(__file__).parents[4] / "shared/db/common"

PAYMENTS = """
create table payments (
    number text primary key,
    buyer text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    placed_at timestamptz not null,
    due_at timestamptz not null,
    captured_by uuid
) with (fillfactor = 80);
create index payments_buyer on payments (buyer);
create table payment_lines (
    number text primary key,
    payment_number text not null,
    position integer not null,
    buyer text not null,
    seller text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    state text not null check (state in ('payable', 'paid', 'expired', 'deleted', 'refused'))
) with (fillfactor = 80);
create index payment_lines_payment on payment_lines (payment_number);
create index payment_lines_buyer on payment_lines (buyer) where state = 'paid';
create table attempts (
    id uuid primary key,
    payment_number text not null references payments,
    method text not null,
    provider text not null,
    amount bigint not null check (amount > 0),
    fee bigint not null check (fee >= 0),
    currency text not null,
    covers text[] not null,
    status text not null
        check (status in ('pending', 'authorised', 'captured', 'failed', 'voided', 'abandoned')),
    reason text,
    created_at timestamptz not null
);
create index attempts_payment on attempts (payment_number);
create table webhooks (
    id bigint generated always as identity primary key,
    provider text not null,
    event_id text not null,
    body bytea not null,
    body_sha256 bytea not null,
    outcome text not null check (outcome in ('received', 'applied', 'repeat', 'ignored', 'aside')),
    received_at timestamptz not null default clock_timestamp(),
    constraint webhooks_once unique (provider, event_id, body_sha256)
);
create unique index webhooks_first on webhooks (provider, event_id) where outcome <> 'aside';
create table captures (
    id uuid primary key,
    provider text not null,
    event_id text not null,
    transaction_id text not null,
    attempt_id uuid,
    payment_number text,
    amount bigint not null check (amount > 0),
    currency text not null,
    disposition text not null check (disposition in ('offered', 'credited', 'unmatched')),
    reason text not null check (reason in (
        'exact', 'overpaid', 'late', 'duplicate', 'underpaid', 'wrong_currency', 'unknown_reference')),
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint captures_event unique (provider, event_id),
    constraint captures_transaction unique (provider, transaction_id)
);
create index captures_payment on captures (payment_number);
create table unmatched_items (
    id uuid primary key,
    capture_id uuid not null unique references captures,
    reason text not null,
    provider text not null,
    transaction_id text not null,
    amount bigint not null check (amount > 0),
    currency text not null,
    payment_number text,
    buyer text,
    at timestamptz not null,
    resolved_at timestamptz,
    resolved_by text,
    resolution text,
    credited_to text,
    why text
);
create index unmatched_items_open on unmatched_items (id) where resolved_at is null;
create table waiting_settlements (
    order_number text not null,
    version integer not null,
    buyer text not null,
    seller text not null,
    currency text not null,
    at timestamptz not null,
    to_buyer bigint not null,
    gross bigint not null,
    fee bigint not null,
    tax bigint not null,
    net bigint not null,
    primary key (order_number, version)
)
"""

LEDGER = """
create table accounts (
    id bigint generated always as identity primary key,
    kind text not null check (kind in (
        'buyer_balance', 'seller_available', 'escrow', 'incoming', 'frozen_balance', 'frozen_available',
        'seller_withdrawal', 'provider', 'unmatched', 'fee_revenue', 'service_tax_payable', 'processing_fee',
        'forfeited', 'adjustment')),
    owner text not null,
    currency text not null,
    balance bigint,
    opened_at timestamptz not null default clock_timestamp(),
    constraint accounts_of unique (kind, owner, currency),
    constraint accounts_not_negative check (balance >= 0),
    constraint accounts_held check ((balance is not null) = (kind in (
        'buyer_balance', 'seller_available', 'escrow', 'incoming', 'frozen_balance', 'frozen_available',
        'seller_withdrawal')))
) with (fillfactor = 80);
create table entries (
    id bigint generated always as identity primary key,
    reference text not null unique,
    story text not null check (story in ('capture', 'funding', 'credit', 'settlement', 'resolution')),
    payment_number text,
    order_number text,
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp()
);
create index entries_order on entries (order_number) where order_number is not null;
create index entries_payment on entries (payment_number) where payment_number is not null;
create table postings (
    entry_id bigint not null references entries,
    account_id bigint not null references accounts,
    amount bigint not null constraint postings_amount check (amount <> 0 and abs(amount) <= 9007199254740991),
    primary key (entry_id, account_id)
);
create index postings_account on postings (account_id, entry_id)
"""

REFUSE = """
create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% of % refused: the ledger is append-only, a correction is a new entry', tg_op, tg_table_name
        using errcode = 'restrict_violation';
end $$
"""

BALANCED = """
create function check_entry() returns trigger language plpgsql as $$
declare entry bigint := (to_jsonb(new) ->> case tg_table_name when 'entries' then 'id' else 'entry_id' end)::bigint;
begin
    if not exists (select from postings where entry_id = entry)
       or exists (select from postings p join accounts a on a.id = p.account_id
                  where p.entry_id = entry group by a.currency having sum(p.amount) <> 0) then
        raise exception 'entry % does not sum to zero in each currency', entry
            using errcode = 'check_violation', constraint = 'entries_balanced';
    end if;
    return null;
end $$
"""

FOLLOW = """
create function follow_postings() returns trigger language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform from accounts where id in (select account_id from fresh) and balance is not null
    order by id for no key update;
    update accounts set balance = balance + moved.amount
    from (select account_id, sum(amount) as amount from fresh group by account_id) moved
    where accounts.id = moved.account_id and balance is not null;
    return null;
end $$
"""

BOOK = """
create function book(
    p_reference text, p_story text, p_payment text, p_order text, p_at timestamptz,
    p_kinds text[], p_owners text[], p_currencies text[], p_amounts bigint[], p_held boolean[]
) returns bigint language plpgsql as $$
declare entry bigint;
begin
    insert into entries (reference, story, payment_number, order_number, at)
    values (p_reference, p_story, p_payment, p_order, p_at) on conflict (reference) do nothing returning id into entry;
    if entry is null then
        return null;
    end if;
    insert into accounts (kind, owner, currency, balance)
    select w.kind, w.owner, w.currency, case when w.held then 0 end
    from unnest(p_kinds, p_owners, p_currencies, p_held) w (kind, owner, currency, held)
    where not exists (select from accounts a
                      where a.kind = w.kind and a.owner = w.owner and a.currency = w.currency)
    order by w.kind, w.owner, w.currency on conflict do nothing;
    insert into postings (entry_id, account_id, amount)
    select entry, a.id, w.amount
    from unnest(p_kinds, p_owners, p_currencies, p_amounts) w (kind, owner, currency, amount)
    join accounts a on a.kind = w.kind and a.owner = w.owner and a.currency = w.currency;
    return entry;
end $$
"""

TRIGGERS = """
create trigger entries_unchanged before update or delete on entries for each row execute function refuse_change();
create trigger entries_kept before truncate on entries execute function refuse_change();
create trigger postings_unchanged before update or delete on postings for each row execute function refuse_change();
create trigger postings_kept before truncate on postings execute function refuse_change();
create trigger postings_followed after insert on postings referencing new table as fresh
    for each statement execute function follow_postings();
create constraint trigger entries_balanced after insert on entries deferrable initially deferred
    for each row execute function check_entry();
create constraint trigger postings_balanced after insert on postings deferrable initially deferred
    for each row execute function check_entry()
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on entries, postings, accounts, captures, webhooks from payments_app;
        grant update (opened_at) on accounts to payments_app;
        grant update (outcome) on webhooks to payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Make everything; there is no way back but a restore."""
    op.execute((COMMON / "0001.sql").read_text(encoding="utf-8"))
    for part in (PAYMENTS, LEDGER, REFUSE, BALANCED, FOLLOW, BOOK, TRIGGERS, RIGHTS):
        op.execute(part)
