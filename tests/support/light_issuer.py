"""An issuer that draws and seals nothing, for tests about ten thousand rows.

It keeps the promises that a batch rests on, and passes the same contract suite as the real one
(`tests/contract/test_batch_issuers.py`): one transaction for each certificate, and the same key
gives the same certificate.
"""

import secrets
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from certsvc.catalogue.routes import Route
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import new_copy_number
from certsvc.certificates.issuance.acceptance import check_form, request_digest
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.records import Issuance
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.clock import Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.idempotency.hidden_keys import HiddenKeys
from certsvc.foundation.idempotency.rules import IdempotencyKeyReusedError
from certsvc.people.rights.rules import Actor


class LightIssuer:
    """Writes record, copy and journal of each certificate, and nothing else."""

    def __init__(self, database: Database, clock: Clock, keys: HiddenKeys) -> None:
        self._database = database
        self._clock = clock
        self._keys = keys

    def issue(self, request: IssueRequest, *, actor: Actor) -> IssuedCopy:
        """Issue a certificate without a paper."""
        request = check_form(request, actor)
        if request.idempotency_key is not None:
            hidden = self._keys.hide(actor.id, request.idempotency_key)
            request = replace(request, idempotency_key=hidden)
        with self._database.transaction() as session:
            earlier = session.execute(
                select(Issuance.request_sha256, Issuance.copy_number).where(
                    Issuance.caller == actor.id, Issuance.idempotency_key == request.idempotency_key
                )
            ).first()
            if earlier is None:
                return self._write(session, request, actor)
            if earlier.request_sha256 != request_digest(request):
                raise IdempotencyKeyReusedError
            return _stored(session, earlier.copy_number)

    def _write(self, session: Session, request: IssueRequest, actor: Actor) -> IssuedCopy:
        now = self._clock.now()
        issued = IssuedCopy(
            identifier=f"light-{secrets.token_hex(16)}",
            copy_number=new_copy_number(),
            route=Route.DATA_SHARING,
            valid_until=(now + timedelta(days=30)).date(),
            sha256=secrets.token_hex(32),
        )
        record = session.execute(
            insert(CertificateRecord)
            .values(
                identifier=issued.identifier,
                type_code=request.type_code,
                route=issued.route.value,
                status="issued",
                holder_kind=request.holder.kind.value,
                holder_code=request.holder.value,
                holder_name="轻",
                fields={},
                evidence={},
                pack_version="1",
                pack_digest="0" * 64,
                issued_at=now,
                valid_until=issued.valid_until,
            )
            .returning(CertificateRecord.id)
        ).scalar_one()
        session.execute(
            insert(Extraction).values(
                copy_number=issued.copy_number,
                record_id=record,
                extracting_unit_code=request.unit_code,
                matter_code=request.matter_code,
                purpose=request.purpose,
                extracted_at=now,
                valid_until=issued.valid_until,
                operator=actor.id,
                verify_code_sha256=secrets.token_hex(32),
                object_sha256=issued.sha256,
            )
        )
        session.execute(
            insert(Issuance).values(
                record_id=record,
                copy_number=issued.copy_number,
                caller=actor.id,
                idempotency_key=request.idempotency_key,
                request_sha256=request_digest(request),
                state="published",
                step=9,
                started_at=now,
                lease_until_at=now,
            )
        )
        return issued


def _stored(session: Session, copy_number: str) -> IssuedCopy:
    found = session.execute(
        select(CertificateRecord.identifier, Extraction.valid_until, Extraction.object_sha256)
        .join_from(Extraction, CertificateRecord, CertificateRecord.id == Extraction.record_id)
        .where(Extraction.copy_number == copy_number)
    ).one()
    return IssuedCopy(
        identifier=found.identifier,
        copy_number=copy_number,
        route=Route.DATA_SHARING,
        valid_until=found.valid_until,
        sha256=str(found.object_sha256),
    )
