"""The pictures of evidence, of messages and of log lines, by their ids at chat."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns; there is no way back but a restore."""
    op.execute(
        """
        alter table evidence add column attachments uuid[] not null default '{}';
        alter table case_entries add column attachments uuid[] not null default '{}';
        """
    )
