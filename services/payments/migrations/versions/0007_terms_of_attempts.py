"""Attempts store until when they can pay, and whether their method can be disputed."""

from alembic import op

revision = "0007"
down_revision = "0006"

TERMS = """
alter table attempts add column valid_until timestamptz, add column can_dispute boolean;
update attempts set can_dispute = method not in ('ideal', 'balance'),
    valid_until = least(payments.due_at, case when method = 'ideal' then created_at + interval '25 minutes' end)
    from payments where payments.number = attempts.payment_number;
alter table attempts alter column valid_until set not null, alter column can_dispute set not null,
    add constraint attempts_fee_at_most_due check (fee <= amount - fee)
"""


def upgrade() -> None:
    """An attempt that is there gets the terms of its method."""
    op.execute(TERMS)
