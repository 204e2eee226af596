"""Requests that may be repeated; systems and their tokens; identities of staff."""

import sqlalchemy as sa
from alembic import op

from certsvc.foundation.db.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "repeatable_requests",
        sa.Column("caller", sa.String(length=80), nullable=False),
        sa.Column("key_hmac", sa.String(length=64), nullable=False),
        sa.Column("request_hmac", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempt", sa.String(length=32), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("location", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "state IN ('in_progress', 'done')", name=op.f("ck_repeatable_requests_state")
        ),
        sa.CheckConstraint(
            "(state = 'done') = (body IS NOT NULL)", name=op.f("ck_repeatable_requests_answered")
        ),
        sa.PrimaryKeyConstraint("caller", "key_hmac", name=op.f("pk_repeatable_requests")),
    )
    op.create_index(op.f("ix_repeatable_requests_ends_at"), "repeatable_requests", ["ends_at"])
    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("unit_code", sa.String(length=18), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["unit_code"], ["units.code"], name=op.f("fk_clients_unit_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
    )
    op.create_table(
        "client_secrets",
        sa.Column("secret_sha256", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_secrets_client_id")
        ),
        sa.PrimaryKeyConstraint("secret_sha256", name=op.f("pk_client_secrets")),
    )
    op.create_index(op.f("ix_client_secrets_client_id"), "client_secrets", ["client_id"])
    op.create_table(
        "client_tokens",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("client_id", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["clients.id"], name=op.f("fk_client_tokens_client_id")
        ),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_client_tokens")),
    )
    op.create_index(op.f("ix_client_tokens_client_id"), "client_tokens", ["client_id"])
    op.create_index(op.f("ix_client_tokens_expires_at"), "client_tokens", ["expires_at"])
    op.create_table(
        "staff_identities",
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["login"], ["staff.login"], name=op.f("fk_staff_identities_login")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_staff_identities")),
        sa.UniqueConstraint("issuer", "login", name=op.f("uq_staff_identities_issuer_login")),
    )


def downgrade() -> None:
    for table in ("staff_identities", "client_tokens", "client_secrets", "clients"):
        op.drop_table(table)
    op.drop_index(op.f("ix_repeatable_requests_ends_at"), "repeatable_requests")
    op.drop_table("repeatable_requests")
