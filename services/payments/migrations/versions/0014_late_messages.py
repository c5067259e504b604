"""The sandbox's bank sends a message later, for money that comes after the order expired."""

from alembic import op

revision = "0014"
down_revision = "0013"

LATE = """
alter table sandbox_messages add column send_at timestamptz;
create index sandbox_messages_event on sandbox_messages (event_id);
create index sandbox_messages_late on sandbox_messages (send_at) where send_at is not null
"""


def upgrade() -> None:
    """Every message that is there was sent at once."""
    op.execute(LATE)
