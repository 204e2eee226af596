"""Systems' matters, and indexes for lists that are narrowed down and sorted."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "ix_extractions_unit_valid_until",
        "extractions",
        ("extracting_unit_code", "valid_until", "copy_number"),
    ),
    (
        "ix_extractions_unit_matter",
        "extractions",
        ("extracting_unit_code", "matter_code", "extracted_at", "copy_number"),
    ),
    ("ix_batches_unit_code_created_at_id", "batches", ("unit_code", "created_at", "id")),
    ("ix_batches_created_by_created_at_id", "batches", ("created_by", "created_at", "id")),
    (
        "ix_certificate_records_type_code_issued_at_id",
        "certificate_records",
        ("type_code", "issued_at", "id"),
    ),
)


def upgrade() -> None:
    op.add_column("clients", sa.Column("matters", sa.JSON(), nullable=True))
    for name, table, columns in INDEXES:
        op.create_index(name, table, list(columns))


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(name, table)
    op.drop_column("clients", "matters")
