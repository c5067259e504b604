"""Indexes for the lists of front ends and of support: search, sort by price, one's own listings, everybody's orders."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make an index for each list; pg_trgm comes with PostgreSQL, and a database's owner may switch it on."""
    op.execute(
        """
        create extension if not exists pg_trgm;
        create index listings_words on listings using gin ((title || ' ' || description) gin_trgm_ops)
            where state = 'live';
        create index listings_price on listings (currency, unit_price, listing_id) where state = 'live';
        create index listings_category on listings (category, created_at, listing_id) where state = 'live';
        drop index listings_seller;
        create index listings_seller on listings (seller, created_at, listing_id);
        create index orders_placed on orders (placed_at, number);
        create index orders_disputed on orders (placed_at, number) where status = 'disputed';
        drop index reviews_seller;
        create index reviews_seller on reviews (seller, posted_at, number);
        """
    )
