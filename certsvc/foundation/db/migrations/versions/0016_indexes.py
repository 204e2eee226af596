"""Indexes for the lists of copies, and the register of seals by signing certificate."""

import sqlalchemy as sa
from alembic import op
from cryptography import x509
from cryptography.x509.oid import NameOID

from certsvc.foundation.db.migrations.triggers import forbid_changes

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLE = "seal_version_certificates"
INDEXES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("extractions", ("record_id", "extracted_at")),
    ("extractions", ("extracting_unit_code", "extracted_at", "copy_number")),
    ("issuances", ("state", "lease_until_at")),
    ("seal_uses", ("seal_id", "unit_code")),
    ("seal_uses", ("seal_id", "event", "at", "id")),
)
BEFORE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("issuances", ("lease_until_at",)),
    ("seal_uses", ("seal_id",)),
)


def upgrade() -> None:
    for table, columns in INDEXES:
        op.create_index(_name(table, columns), table, list(columns))
    for table, columns in BEFORE:
        op.drop_index(_name(table, columns), table)
    made = op.create_table(
        TABLE,
        sa.Column("change_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["seal_versions.change_id"], name=op.f(f"fk_{TABLE}_change_id")
        ),
        sa.PrimaryKeyConstraint("change_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(_name(TABLE, ("serial", "issuer")), TABLE, ["serial", "issuer"])
    versions = op.get_bind().execute(
        sa.text("SELECT change_id, certificate_chain_pem FROM seal_versions")
    )
    if rows := [_row(*version) for version in versions]:
        op.bulk_insert(made, rows)
    forbid_changes(TABLE, "change_id = NEW.change_id")


def downgrade() -> None:
    op.drop_table(TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {TABLE}_append_only()")
    for table, columns in BEFORE:
        op.create_index(_name(table, columns), table, list(columns))
    for table, columns in INDEXES:
        op.drop_index(_name(table, columns), table)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return op.f(f"ix_{table}_{'_'.join(columns)}")


def _row(change_id: int, chain_pem: str) -> dict[str, str | int]:
    leaf = x509.load_pem_x509_certificates(chain_pem.encode())[0]
    names = leaf.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    issuer = str(names[0].value) if names else ""
    return {"change_id": change_id, "serial": f"{leaf.serial_number:x}", "issuer": issuer}
