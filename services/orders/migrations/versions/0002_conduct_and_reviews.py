"""What orders knows of accounts' standing, and reviews of completed orders."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make both tables."""
    op.execute(
        """
        create table standings (
            account text primary key,
            suspended boolean not null,
            version integer not null
        );
        create table reviews (
            number text primary key references orders (number),
            listing_id text not null,
            buyer text not null,
            seller text not null,
            rating smallint not null check (rating between 1 and 5),
            text text not null,
            posted_at timestamptz not null,
            reply_rating smallint check (reply_rating between 1 and 5),
            reply_text text,
            replied_at timestamptz,
            report_text text,
            reported_at timestamptz,
            report_state text check (report_state in ('open', 'upheld', 'rejected')),
            decided_by text,
            decided_at timestamptz
        );
        create index reviews_seller on reviews (seller, posted_at);
        create index reviews_reported on reviews (reported_at) where report_state = 'open';
        """
    )
