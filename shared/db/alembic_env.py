"""What every service's migrations/env.py runs: upgrade on the connection that `shared.db.migrations` hands over."""

from alembic import context


def run() -> None:
    """Run the migrations in one transaction on the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
