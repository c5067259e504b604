"""Indexes for lists of payments and for finding one by its provider's transaction."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """A buyer's and everybody's payments by time; transactions without their provider."""
    op.execute(
        """
        drop index payments_buyer;
        create index payments_buyer on payments (buyer, placed_at, number);
        create index payments_placed on payments (placed_at, number);
        create index captures_lookup on captures (transaction_id);
        create index charge_backs_lookup on charge_backs (transaction_id)
        """
    )
