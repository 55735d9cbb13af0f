"""Alembic's entry: runs on the connection that `engine.store.migrate` hands over, in its transaction."""

from alembic import context

from engine.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
