"""Which pictures of conversations are in a dispute's case, so that support may read them."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the column; there is no way back but a restore."""
    op.execute("alter table attachments add column in_case boolean not null default false")
