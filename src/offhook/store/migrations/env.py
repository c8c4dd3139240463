"""Run by Alembic: takes the connection that `migrate` opened and applies the steps on it."""

from alembic import context

from offhook.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column; Alembic copies the table instead.
)
with context.begin_transaction():
    context.run_migrations()
