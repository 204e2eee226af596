"""Idempotency keys of issuing and of batches, until now as the callers sent them, become digests.

Under the same digest a repetition finds what its first request made, so none is lost. The digests
need the secret of the installation; whoever migrates hands over what makes them.
"""

import sqlalchemy as sa
from alembic import context, op

from certsvc.foundation.idempotency.hidden_keys import FORM

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = {"issuances": "caller", "batches": "created_by"}
AT_A_TIME = 1000


def upgrade() -> None:
    hide_key = context.config.attributes.get("hide_key")
    for name, caller in TABLES.items():
        table = sa.table(name, *map(sa.column, ("id", caller, "idempotency_key")))
        clear = sa.select(table.c.id, table.c[caller], table.c.idempotency_key).where(
            table.c.idempotency_key.is_not(None),
            table.c.idempotency_key.not_like(f"{FORM}%"),
        )
        while rows := op.get_bind().execute(clear.limit(AT_A_TIME)).all():
            if hide_key is None:
                raise RuntimeError("keys can be hidden only where the installation's secret is")
            op.get_bind().execute(
                table.update()
                .where(table.c.id == sa.bindparam("row_id"))
                .values(idempotency_key=sa.bindparam("hidden")),
                [{"row_id": row[0], "hidden": hide_key(row[1], row[2])} for row in rows],
            )


def downgrade() -> None:
    """Leave the digests: nobody can turn them back."""
