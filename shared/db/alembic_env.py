"""What every service's migrations run on: the connection that `shared.db.migrations` hands over.

A migration imports nothing of this project, so that it always does what it did when it was published: it calls
`op.execute(sql)`, and a text of several statements is executed as one.
"""

from alembic import context
from alembic.operations import Operations
from alembic.operations.ops import ExecuteSQLOp


def run() -> None:
    """Run the migrations in one transaction on the given connection."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


@Operations.implementation_for(ExecuteSQLOp, replace=True)
def execute(operations: Operations, operation: ExecuteSQLOp) -> None:
    """Execute all statements of the text inside the migration's transaction; the driver prepares one at a time only."""
    bind = operations.get_bind()
    bind.exec_driver_sql("select 1")  # the driver's adapter begins its transaction with the first statement
    adapted = bind.connection.dbapi_connection
    assert adapted is not None
    adapted.run_async(lambda driver: driver.execute(str(operation.sqltext)))
