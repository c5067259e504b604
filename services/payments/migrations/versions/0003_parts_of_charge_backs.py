"""Charge-backs of a part, and charge-backs that are put aside."""

from alembic import op

revision = "0003"
down_revision = "0002"

CHARGE_BACKS = """
alter table charge_backs
    alter column attempt_id drop not null,
    alter column payment_number drop not null,
    drop constraint charge_backs_capture_id_key,
    add column amount bigint,
    add column currency text,
    add column waiting bigint not null default 0,
    add column aside boolean not null default false;
update charge_backs b set amount = c.amount, currency = c.currency from captures c where c.id = b.capture_id;
update charge_backs b set amount = a.amount, currency = a.currency, waiting = a.amount
from attempts a where a.id = b.attempt_id and b.capture_id is null;
alter table charge_backs
    alter column amount set not null,
    alter column currency set not null,
    alter column waiting drop default,
    alter column aside drop default,
    add constraint charge_backs_amount check (amount > 0 and waiting between 0 and amount),
    add constraint charge_backs_aside check (not aside or capture_id is null);
create index charge_backs_capture on charge_backs (capture_id)
"""

LINES = """
alter table payment_lines add column charged_back bigint not null default 0 check (charged_back >= 0);
update payment_lines l set charged_back = a.balance
from accounts a where l.charged_back_by is not null and a.kind = 'escrow' and a.owner = l.number;
update charge_backs b set waiting = a.balance
from payments p join accounts a on a.kind = 'incoming' and a.owner = p.number
where b.capture_id = p.captured_by and a.balance > 0;
alter table unmatched_items alter column capture_id drop not null
"""

RIGHTS = """
do $$
begin
    if exists (select from pg_roles where rolname = 'payments_app') then
        grant update (capture_id, waiting, aside) on charge_backs to payments_app;
    end if;
end $$
"""


def upgrade() -> None:
    """Each charge-back so far was one of a whole capture: what escrow holds of it waits for the orders' decisions."""
    for part in (CHARGE_BACKS, LINES, RIGHTS):
        op.execute(part)
