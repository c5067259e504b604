"""Alembic's entry for this service; the work is shared."""

from shared.db.alembic_env import run

run()
