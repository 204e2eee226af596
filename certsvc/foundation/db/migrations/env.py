"""Runs migrations on the connection that `certsvc.foundation.db.migrate` hands over."""

from alembic import context

from certsvc.foundation.db.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
