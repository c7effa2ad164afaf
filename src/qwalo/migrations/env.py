"""Alembic's entry: runs the revisions on the connection that `qwalo.platform.db.migrate` hands over."""

from alembic import context

from qwalo.platform.db.pool import LIBRARY_SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=LIBRARY_SCHEMA,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
