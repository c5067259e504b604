"""Who of support had an entry booked, and why; unmatched money that support sends back."""

from alembic import op

revision = "0008"
down_revision = "0007"

ENTRIES = """
alter table entries
    add column by_user text,
    add column why text,
    add constraint entries_decided check ((by_user is null) = (why is null)),
    drop constraint entries_story_check,
    add constraint entries_story_check check (story in (
        'capture', 'funding', 'credit', 'settlement', 'resolution', 'freeze', 'release', 'charge_back', 'return'));
drop function book(text, text, text, text, timestamptz, text[], text[], text[], bigint[], boolean[])
"""

BOOK = """
create function book(
    p_reference text, p_story text, p_payment text, p_order text, p_at timestamptz,
    p_kinds text[], p_owners text[], p_currencies text[], p_amounts bigint[], p_held boolean[],
    p_by text default null, p_why text default null
) returns bigint language plpgsql as $$
declare entry bigint;
begin
    insert into entries (reference, story, payment_number, order_number, at, by_user, why)
    values (p_reference, p_story, p_payment, p_order, p_at, p_by, p_why)
    on conflict (reference) do nothing returning id into entry;
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


def upgrade() -> None:
    """Entries so far name nobody; instances of the version before go on booking through the new function."""
    for part in (ENTRIES, BOOK):
        op.execute(part)
