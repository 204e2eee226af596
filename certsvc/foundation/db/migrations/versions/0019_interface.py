"""Systems' matters, and indexes for lists that are narrowed down and sorted."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clients", sa.Column("matters", sa.JSON(), nullable=True))
