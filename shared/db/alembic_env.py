"""What every service's migrations run on: the connection that `shared.db.migrations` hands over."""

from alembic import context, op


def run() -> None:
    """Run the migrations in one transaction on the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


def script(sql: str) -> None:
    """Execute several statements at once, inside the migration's transaction; for use in a revision's upgrade()."""
    bind = op.get_bind()
    bind.exec_driver_sql("select 1")  # the driver's adapter begins its transaction with the first statement
    adapted = bind.connection.dbapi_connection
    assert adapted is not None
    adapted.run_async(lambda driver: driver.execute(sql))
