"""Sealed hand-overs of accounts, and the journal of who revealed one and when."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make both tables; a line of the journal is never changed or deleted, by nobody."""
    op.execute(
        """
        alter table orders add column sealed boolean not null default false;
        alter table orders add column revealed_at timestamptz;
        create table hand_overs (
            number text primary key references orders (number),
            key_id text not null,
            text bytea not null
        );
        create index hand_overs_key on hand_overs (key_id, number);
        create table reveals (
            id bigint generated always as identity primary key,
            number text not null references hand_overs (number),
            version integer not null,
            status text not null,
            by_user text not null,
            at timestamptz not null
        );
        create index reveals_number on reveals (number, id);
        """
    )
    op.execute(
        """
        create function refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% of % refused: it is an append-only journal', tg_op, tg_table_name
                using errcode = 'restrict_violation';
        end $$
        """
    )
    op.execute(
        """
        create trigger reveals_unchanged before update or delete on reveals
            for each row execute function refuse_change();
        create trigger reveals_kept before truncate on reveals execute function refuse_change();
        """
    )
