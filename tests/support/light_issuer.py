"""An issuer that draws and seals nothing, for tests about ten thousand rows.

It keeps the promises that a batch rests on, and passes the same contract suite as the real one: one
transaction for each certificate, and the same key gives the same certificate.
"""

import secrets
from datetime import timedelta

from sqlalchemy import insert, select

from certsvc.certificates.records import CertificateRecord
from certsvc.clock import Clock
from certsvc.db.engine import Database
from certsvc.extraction.records import Extraction
from certsvc.extraction.rules import new_copy_number
from certsvc.issuance.acceptance import check_form, request_digest
from certsvc.issuance.pipeline import IssuedCopy
from certsvc.issuance.records import Issuance
from certsvc.issuance.rules import IdempotencyKeyReusedError, IssueRequest
from certsvc.organisations.rules import Actor
from certsvc.sources.rules import Route


class LightIssuer:
    """Writes record, copy and journal of each certificate, and nothing else."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def issue(self, request: IssueRequest, *, actor: Actor) -> IssuedCopy:
        """Issue a certificate without a paper."""
        request = check_form(request, actor)
        now = self._clock.now()
        with self._database.transaction() as session:
            earlier = session.execute(
                select(Issuance.request_sha256, Issuance.copy_number).where(
                    Issuance.caller == actor.id, Issuance.idempotency_key == request.idempotency_key
                )
            ).first()
            if earlier is not None:
                if earlier.request_sha256 != request_digest(request):
                    raise IdempotencyKeyReusedError
                return self._issued(earlier.copy_number)
            number = new_copy_number()
            record = session.execute(
                insert(CertificateRecord)
                .values(
                    identifier=f"light-{secrets.token_hex(16)}",
                    type_code=request.type_code,
                    route=Route.DATA_SHARING.value,
                    status="issued",
                    holder_kind=request.holder.kind.value,
                    holder_code=request.holder.value,
                    holder_name="轻",
                    fields={},
                    evidence={},
                    pack_version="1",
                    pack_digest="0" * 64,
                    issued_at=now,
                    valid_until=(now + timedelta(days=30)).date(),
                )
                .returning(CertificateRecord.id)
            ).scalar_one()
            session.execute(
                insert(Extraction).values(
                    copy_number=number,
                    record_id=record,
                    extracting_unit_code=request.unit_code,
                    matter_code=request.matter_code,
                    purpose=request.purpose,
                    extracted_at=now,
                    valid_until=(now + timedelta(days=30)).date(),
                    operator=actor.id,
                    verify_code_sha256=secrets.token_hex(32),
                    object_sha256=secrets.token_hex(32),
                )
            )
            session.execute(
                insert(Issuance).values(
                    record_id=record,
                    copy_number=number,
                    caller=actor.id,
                    idempotency_key=request.idempotency_key,
                    request_sha256=request_digest(request),
                    state="published",
                    step=9,
                    started_at=now,
                    lease_until_at=now,
                )
            )
        return self._issued(number)

    def _issued(self, copy_number: str) -> IssuedCopy:
        now = self._clock.now()
        return IssuedCopy(
            identifier="light",
            copy_number=copy_number,
            route=Route.DATA_SHARING,
            valid_until=(now + timedelta(days=30)).date(),
            sha256="0" * 64,
        )
