"""Bank transfers that support claims, in one name space with the transactions of providers."""

from alembic import op

revision = "0010"
down_revision = "0009"

CLAIMS = """
create table claims (
    id uuid primary key,
    reference text not null constraint claims_once unique,
    amount bigint not null check (amount > 0),
    currency text not null,
    value_date date not null,
    payment_number text,
    "user" text,
    claimed_by text not null,
    at timestamptz not null,
    recorded_at timestamptz not null default clock_timestamp(),
    constraint claims_whose check ((payment_number is null) <> ("user" is null))
)
"""

CAPTURES = """
alter table captures
    add column reference text not null default '',
    drop constraint captures_reason_check,
    add constraint captures_reason_check check (reason in (
        'exact', 'overpaid', 'late', 'duplicate', 'underpaid', 'wrong_currency', 'unknown_reference', 'too_large',
        'claimed', 'reference_claimed'));
update captures set reference = upper(regexp_replace(normalize(transaction_id, nfkc), '\\s', '', 'g'));
create index captures_reference on captures (reference)
"""

LOCK = """
create function lock_claim(p_reference text, p_bank text) returns table (amount bigint, currency text)
language plpgsql as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('reference:' || p_reference, 0));
    return query select c.amount, c.currency from captures c
                 where c.provider = p_bank and c.transaction_id = p_reference;
end $$
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        revoke update, delete, truncate on claims from payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Each capture so far gets its normalised reference."""
    for part in (CLAIMS, CAPTURES, LOCK, RIGHTS):
        op.execute(part)
