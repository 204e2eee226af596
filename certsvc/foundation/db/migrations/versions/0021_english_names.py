"""English names of certificate types and matters.

What was registered before has none; its Chinese name is shown instead.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_TABLES = ("certificate_types", "matters")


def upgrade() -> None:
    for table in _TABLES:
        op.add_column(table, sa.Column("name_en", sa.String(length=200), nullable=True))


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_column(table, "name_en")
