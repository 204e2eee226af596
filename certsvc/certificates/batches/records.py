"""Stored: batches, their rows, and what is wrong with their files."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certsvc.certificates.batches.rules import BatchState, RowState
from certsvc.foundation.db.base import Base, Json
from certsvc.foundation.db.value_lists import one_of


class Batch(Base):
    """批量办理: one file of rows that a unit sent."""

    __tablename__ = "batches"
    __table_args__ = (
        UniqueConstraint("created_by", "idempotency_key"),
        one_of("state", BatchState),
        # Of one unit or system, the newest first.
        Index("ix_batches_unit_code_created_at_id", "unit_code", "created_at", "id"),
        Index("ix_batches_created_by_created_at_id", "created_by", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    unit_code: Mapped[str] = mapped_column(ForeignKey("units.code"), index=True)
    created_by: Mapped[str] = mapped_column(String(80))
    """Actor in whose name every row is issued."""
    idempotency_key: Mapped[str | None] = mapped_column(String(120))
    """Digest of the sender's key (`hidden_keys`)."""
    file_name: Mapped[str] = mapped_column(String(120), default="", server_default="")
    """As whoever sent it called it; may be personal, so empty once the batch was purged."""
    file_sha256: Mapped[str] = mapped_column(String(64))
    """Empty once the batch was purged."""
    state: Mapped[str] = mapped_column(String(20), index=True)
    reason_code: Mapped[str | None] = mapped_column(String(80))
    """Why it is paused or stopped: the code of a sentence."""
    reason_params: Mapped[Json | None]
    generation: Mapped[int] = mapped_column(default=1)
    """How often it was begun: once, and at each resumption."""
    row_count: Mapped[int]
    problem_count: Mapped[int]
    """Errors in its file, also those that were too many to keep."""
    findings: Mapped[Json | None]
    """`kinds`: how often each kind of error and note was found in its file; nothing personal."""
    begun_at: Mapped[datetime | None]
    """When its rows were given to the workers first."""
    created_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
    """When the holders' numbers were taken out."""


class BatchRow(Base):
    """批量明细: one row and its outcome."""

    __tablename__ = "batch_rows"
    __table_args__ = (
        one_of("state", RowState),
        Index("ix_batch_rows_batch_id_state", "batch_id", "state"),
    )

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    """Number in the file, the header being 1."""
    chunk: Mapped[int]
    type_code: Mapped[str] = mapped_column(String(60))
    holder_kind: Mapped[str] = mapped_column(String(3))
    holder_code: Mapped[str | None] = mapped_column(String(40))
    """Personal; None once the batch was purged, or where the file had none."""
    matter_code: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str | None] = mapped_column(String(200))
    reply_id: Mapped[str | None] = mapped_column(String(60))
    typed: Mapped[Json | None]
    """Cells of a row with an error as they were typed, to be mended; None once it was purged."""
    state: Mapped[str] = mapped_column(String(20))
    copy_number: Mapped[str | None] = mapped_column(ForeignKey("extractions.copy_number"))
    refusal_code: Mapped[str | None] = mapped_column(String(80))
    refusal_params: Mapped[Json | None]
    settled_at: Mapped[datetime | None]


class BatchProblem(Base):
    """导入校验问题: an error or a note about a cell of a batch's file."""

    __tablename__ = "batch_problems"

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int]
    column: Mapped[str] = mapped_column(String(20))
    code: Mapped[str] = mapped_column(String(80))
    params: Mapped[dict[str, Any]]
    is_note: Mapped[bool]
