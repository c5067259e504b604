"""Timers, beside the tables that every service has."""

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
        create table timers (
            owner text not null,
            key text not null,
            subject text not null,
            kind text,
            generation bigint not null,
            due_at timestamptz,
            state text not null constraint timers_state check (state in ('pending', 'fired', 'withdrawn')),
            fired_at timestamptz,
            changed_at timestamptz not null default clock_timestamp(),
            primary key (owner, key),
            constraint timers_whole check (state = 'withdrawn' or (kind is not null and due_at is not null))
        );
        create index timers_due on timers (due_at, owner, key) where state = 'pending';
        create index timers_settled on timers (changed_at) where state <> 'pending';
        create index timers_subject on timers (subject, owner, key);
        -- every timer dies once: without this, vacuum would wait for a fifth of millions of pending rows
        alter table timers set (autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02);
        """
    )
