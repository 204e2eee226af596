"""Runs migrations on the connection that `certsvc.foundation.db.migrate` hands over.

Lists of values are widened before and renewed afterwards; whoever called commits all of it.
"""

from alembic import context

from certsvc.foundation.db.base import Base
from certsvc.foundation.db.value_lists import renew_lists, widen_lists

_CONNECTION = context.config.attributes["connection"]
widen_lists(_CONNECTION)
context.configure(
    connection=_CONNECTION,
    target_metadata=Base.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
renew_lists(_CONNECTION)
