"""Listings, orders and their history, beside the tables that every service has."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

COMMON = Path(__file__).parents[4] / "shared/db/common"


def upgrade() -> None:
    """Make everything; there is no way back but a restore."""
    op.execute((COMMON / "0001.sql").read_text(encoding="utf-8"))
    op.execute(
        """
        create sequence order_numbers minvalue 0 start 0 maxvalue 999999999;
        create sequence payment_numbers minvalue 0 start 0 maxvalue 999999999;
        create table stores (
            seller text primary key,
            open boolean not null default true,
            currency text
        );
        create table listings (
            listing_id text primary key,
            seller text not null,
            title text not null,
            description text not null,
            category text not null,
            unit_price bigint not null check (unit_price > 0),
            currency text not null,
            stock bigint not null check (stock >= 0),
            delivery_method text not null,
            delivery_hours smallint not null check (delivery_hours between 1 and 72),
            state text not null check (state in ('draft', 'live')),
            account_declaration boolean not null,
            version integer not null,
            created_at timestamptz not null,
            updated_at timestamptz not null
        );
        create index listings_live on listings (created_at, listing_id) where state = 'live';
        create index listings_seller on listings (seller);
        create table orders (
            number text primary key,
            payment_number text not null,
            buyer text not null,
            seller text not null check (seller <> buyer),
            listing_id text not null,
            title text not null,
            category text not null,
            quantity bigint not null check (quantity > 0),
            unit_price bigint not null check (unit_price > 0),
            amount bigint not null check (amount = quantity * unit_price),
            currency text not null,
            delivery_method text not null,
            delivery_hours smallint not null,
            details jsonb not null,
            windows jsonb not null,
            policy_version integer not null,
            placed_at timestamptz not null,
            status text not null check (status in (
                'waiting_payment', 'expired', 'deleted', 'waiting_delivery', 'waiting_confirmation', 'refunding',
                'refund_refused', 'disputed', 'refunded', 'completed')),
            version integer not null,
            generation integer not null,
            due_at timestamptz,
            paid_at timestamptz,
            delivered_at timestamptz,
            closed_at timestamptz,
            held bigint not null,
            refunded_amount bigint not null,
            fee_rate integer,
            tax_rate integer,
            capture_id uuid,
            requests jsonb not null,
            dispute_id uuid,
            charged_back boolean not null,
            rang jsonb,
            constraint orders_held check (held between 0 and amount - refunded_amount and refunded_amount >= 0),
            constraint orders_closed check (status not in ('deleted', 'refunded', 'completed') or held = 0)
        ) with (fillfactor = 80);
        create index orders_due on orders (due_at) where due_at is not null;
        create index orders_buyer on orders (buyer, placed_at, number);
        create index orders_seller on orders (seller, placed_at, number) where paid_at is not null;
        create index orders_payment on orders (payment_number);
        create index orders_unpaid on orders (listing_id) where status = 'waiting_payment';
        create table history (
            number text not null,
            version integer not null,
            "row" text not null,
            by_user text,
            by_role text,
            acting_for text,
            deadline text,
            source text,
            target text not null,
            at timestamptz not null,
            recorded_at timestamptz not null,
            why text not null,
            settled_at timestamptz,
            primary key (number, version)
        );
        """
    )
