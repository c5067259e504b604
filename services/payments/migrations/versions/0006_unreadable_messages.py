"""Signed messages that can't be read, and captures that are far too large, wait for support."""

from alembic import op

revision = "0006"
down_revision = "0005"

DESK = """
alter table unmatched_items add column message bytea;
alter table unmatched_items drop constraint unmatched_items_amount_check,
    add constraint unmatched_items_amount_check check (amount > 0 or (reason = 'unreadable' and amount = 0));
alter table webhooks drop constraint webhooks_outcome_check, add constraint webhooks_outcome_check check (
    outcome in ('received', 'applied', 'repeat', 'unreadable', 'ignored', 'aside'));
alter table captures drop constraint captures_reason_check, add constraint captures_reason_check check (reason in (
    'exact', 'overpaid', 'late', 'duplicate', 'underpaid', 'wrong_currency', 'unknown_reference', 'too_large'))
"""


def upgrade() -> None:
    """Allow what was refused before; nothing that is there changes."""
    op.execute(DESK)
