"""Issuing a certificate: nine steps, so that nothing sealed can ever be unknown to the issuer.

1. Accept: request, right, catalogue, facts, schema.
2. Allocate: identifier and copy number, stored.
3. Render: pack and facts become a PDF; the same input and time give the same bytes.
4. Check: the PDF says what was meant and holds nothing active.
5. Authorise: the route fixes the seal; a single-use authorisation for this document.
6. Record intent: committed before any key is touched.
7. Seal: redeem the authorisation, then sign.
8. Verify what we made, with the validator that everybody uses.
9. Store and publish: content-addressed file, record, log entry, seal use.

A failure at any step voids the issuance; a dead process leaves it to `recovery`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import TypeAlias

from sqlalchemy.orm import Session

from certsvc.catalogue.packs.repository import PackRepository
from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.extraction.rules import new_copy_number, new_verify_code
from certsvc.certificates.issuance import acceptance, journal
from certsvc.certificates.issuance.acceptance import AcceptedRequest
from certsvc.certificates.issuance.faces import compose_face
from certsvc.certificates.issuance.outcomes import (
    IssuedCopy,
    find_published,
    issued_copy,
    read_verify_code,
    record_refusal,
    void_issuance,
)
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.certificates.issuance.repetitions import hold_repetitions, refuse_repetition
from certsvc.certificates.issuance.replaced import find_replaced, require_correction
from certsvc.certificates.issuance.rules import (
    IssuanceState,
    IssueRequest,
    SelfVerificationFailedError,
    Step,
)
from certsvc.certificates.records.records import CertificateRecord
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.clock import CHINA_TIME, Clock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.db.violations import refused_as
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.idempotency.hidden_keys import HiddenKeys
from certsvc.foundation.idempotency.rules import InProgressError, LeaseLostError
from certsvc.foundation.storage.objects import ObjectStore, digest_of, parse_digest
from certsvc.people.rights.rules import Actor
from certsvc.sealing.register.records import Seal, SealAuthorisation
from certsvc.sealing.register.service import (
    SealPurpose,
    SealUseRequest,
    authorise_use,
    get_seal_for,
    redeem_authorisation,
)
from certsvc.sealing.uses.signer import SealSigner
from signing.report import Verdict
from signing.trust import TrustStore
from signing.validation import validate_document
from templates.checking import check_rendered
from templates.errors import TemplateError
from templates.rendering import RenderedDocument, Renderer

StepListener: TypeAlias = Callable[[Step], None]
"""Called after each step, outside any transaction."""

RECOVERY_MARGIN = timedelta(minutes=1)
"""A key may be asked for only until this long before recovery may step in."""


@dataclass(frozen=True, kw_only=True)
class IssuingParts:
    """Parts of the issuer."""

    database: Database
    clock: Clock
    packs: PackRepository
    renderer: Renderer
    sources: SourceRegister
    store: ObjectStore
    signer: SealSigner
    trust: TrustStore
    recovery: Recovery
    keys: HiddenKeys
    public_url: str
    """Where the verify pages are, without a slash at the end."""
    notice: str | None
    """Words printed on every face, where this is no production system."""


@dataclass(frozen=True, kw_only=True)
class _Allocated:
    """An allocated issuance on its way to being published."""

    accepted: AcceptedRequest
    issuance_id: int
    record_id: int
    identifier: str
    copy_number: str
    verify_code: str
    valid_until: date
    lease_until_at: datetime
    seal_id: str
    seal_name: str


def ignore_steps(_: Step) -> None:
    """Default listener: does nothing."""


class Issuer:
    """Issues certificates; one for a process, safe to share between threads."""

    def __init__(self, parts: IssuingParts) -> None:
        self._parts = parts

    def issue(
        self, request: IssueRequest, *, actor: Actor, on_step: StepListener = ignore_steps
    ) -> IssuedCopy:
        """Issue a certificate, or return the one that the same request made before.

        Raises:
            CertsvcError: the request was refused or the service could not do it; the code says.
            TemplateError: it cannot be rendered.
            SigningKeyError: the seal's key cannot be opened.
            SigningError: it cannot be sealed or timestamped.
        """
        parts = self._parts
        try:
            request = self._with_hidden_key(acceptance.check_form(request, actor), actor)
            earlier = self._find_earlier(request, actor)
            if earlier is not None:
                return earlier
            accepted = self._accept(request, actor)
            on_step(Step.ACCEPT)
            allocated = self._allocate(accepted)
            on_step(Step.ALLOCATE)
        except (CertsvcError, TemplateError) as error:
            record_refusal(
                parts.database, parts.clock, request=request, actor=actor, refusal=error.code
            )
            raise
        try:
            return self._make(allocated, on_step)
        except Exception as error:
            void_issuance(
                parts.database, parts.clock, issuance_id=allocated.issuance_id, error=error
            )
            raise

    def _with_hidden_key(self, request: IssueRequest, actor: Actor) -> IssueRequest:
        """Replace the caller's key by its digest."""
        key = request.idempotency_key
        hidden = None if key is None else self._parts.keys.hide(actor.id, key)
        return replace(request, idempotency_key=hidden)

    def _find_earlier(self, request: IssueRequest, actor: Actor) -> IssuedCopy | None:
        now = self._parts.clock.now()
        with self._parts.database.reading() as session:
            earlier = journal.find_earlier(session, request, actor, now=now)
        if earlier is None:
            return None
        if earlier.state == IssuanceState.RUNNING:
            self._parts.recovery.recover_one(earlier.id)
        found = find_published(self._parts.database, earlier.id)
        return self._answer_again(found) if found is not None else None

    def _answer_again(self, issued: IssuedCopy) -> IssuedCopy:
        """Repeat the earlier answer, with the verification code read from the copy."""
        with self._parts.database.reading() as session:
            copy = session.get_one(Extraction, issued.copy_number)
            digest, name = copy.verify_code_sha256, str(copy.stored_sha256)
        code = read_verify_code(self._parts.store.get(parse_digest(name)), digest)
        return replace(issued, verify_code=code, is_replayed=True)

    def _accept(self, request: IssueRequest, actor: Actor) -> AcceptedRequest:
        """Step 1."""
        parts, now = self._parts, self._parts.clock.now()
        # Only replaced copies are locked, so that ordinary requests block no writer.
        is_first = request.replaces is None
        begin = parts.database.reading if is_first else parts.database.transaction
        with begin() as session:
            use, unit = acceptance.check_catalogue(session, request, now=now)
            # Checked here to save a useless source query; the decisive check is at allocation.
            refuse_repetition(session, request, caller=actor.id, now=now)
            data = acceptance.find_reply_data(session, request, actor, now=now)
            day = now.astimezone(CHINA_TIME).date()
            pack = parts.packs.get_in_force(session, use.certificate_type.code, on=day)
            replaced = find_replaced(session, request, actor, now=now)
        if data is None:
            data = acceptance.query_source(parts.sources, request, actor, now=now)
        data = acceptance.minimise(data, use)
        require_correction(replaced, data)
        return AcceptedRequest(
            request=request,
            actor=actor,
            use=use,
            extracting_unit=unit,
            data=data,
            pack=acceptance.require_fit(pack, request, data),
            accepted_at=now,
            replaced=replaced,
        )

    def _allocate(self, accepted: AcceptedRequest) -> _Allocated:
        """Step 2."""
        copy_number, verify_code = new_copy_number(), new_verify_code()
        issued_on = accepted.accepted_at.astimezone(CHINA_TIME).date()
        valid_until = issued_on + timedelta(days=accepted.pack.validity_days)
        # A parallel request with the same idempotency key may commit first.
        with (
            refused_as(InProgressError(), "uq_issuances_caller_idempotency_key"),
            self._parts.database.transaction() as session,
        ):
            self._settle_repetition(session, accepted)
            seal = get_seal_for(session, _purpose_of(accepted), now=accepted.accepted_at)
            issuance = journal.begin(
                session,
                accepted,
                copy_number=copy_number,
                verify_code=verify_code,
                valid_until=valid_until,
                now=self._parts.clock.now(),
            )
            record = session.get_one(CertificateRecord, issuance.record_id)
        return _Allocated(
            accepted=accepted,
            issuance_id=issuance.id,
            record_id=record.id,
            identifier=record.identifier,
            copy_number=copy_number,
            verify_code=verify_code,
            valid_until=valid_until,
            lease_until_at=issuance.lease_until_at,
            seal_id=seal.id,
            seal_name=seal.name,
        )

    def _settle_repetition(self, session: Session, accepted: AcceptedRequest) -> None:
        """Decide in the transaction that allocates, so that no request can interleave."""
        request, now = accepted.request, self._parts.clock.now()
        hold_repetitions(session, request)
        refuse_repetition(session, request, caller=accepted.actor.id, now=now)

    def _make(self, allocated: _Allocated, on_step: StepListener) -> IssuedCopy:
        """Steps 3 to 9."""
        document = self._render(allocated, on_step)
        rendered_sha256 = digest_of(document.pdf)
        authorisation = self._authorise(allocated, rendered_sha256, on_step)
        seal = self._redeem(allocated, authorisation.id, rendered_sha256)
        sealed = self._parts.signer.seal(
            document,
            seal,
            reason=allocated.accepted.use.certificate_type.name,
            at=self._parts.clock.now(),
        )
        on_step(Step.SEAL)
        self._verify(sealed)
        with self._parts.database.transaction() as session:
            journal.record_sealed(session, allocated.issuance_id, sealed_sha256=digest_of(sealed))
        on_step(Step.VERIFY)
        issued = self._publish(allocated, sealed)
        on_step(Step.PUBLISH)
        return issued

    def _render(self, allocated: _Allocated, on_step: StepListener) -> RenderedDocument:
        """Steps 3 and 4."""
        face = compose_face(
            allocated.accepted,
            identifier=allocated.identifier,
            copy_number=allocated.copy_number,
            verify_code=allocated.verify_code,
            valid_until=allocated.valid_until,
            seal_name=allocated.seal_name,
            public_url=self._parts.public_url,
            notice=self._parts.notice,
        )
        document = self._parts.renderer.render(allocated.accepted.pack, face)
        on_step(Step.RENDER)
        check_rendered(document.pdf, face, allocated.accepted.pack)
        on_step(Step.CHECK)
        return document

    def _authorise(
        self, allocated: _Allocated, rendered_sha256: str, on_step: StepListener
    ) -> SealAuthorisation:
        """Steps 5 and 6, one transaction: an authorisation without its intent must not exist."""
        now = self._parts.clock.now()
        use = SealUseRequest(
            record_id=allocated.record_id,
            copy_number=allocated.copy_number,
            purpose=_purpose_of(allocated.accepted),
            document_sha256=rendered_sha256,
            seal_id=allocated.seal_id,
            not_after=allocated.lease_until_at - RECOVERY_MARGIN,
        )
        with self._parts.database.transaction() as session:
            authorisation = authorise_use(session, use, now=now)
            journal.record_intent(session, allocated.issuance_id, authorisation, now=now)
        on_step(Step.AUTHORISE)
        on_step(Step.RECORD_INTENT)
        return authorisation

    def _redeem(self, allocated: _Allocated, authorisation_id: str, rendered_sha256: str) -> Seal:
        """First half of step 7, committed before the key is touched."""
        with self._parts.database.transaction() as session:
            journal.require_running(session, allocated.issuance_id)
            return redeem_authorisation(
                session,
                authorisation_id=authorisation_id,
                document_sha256=rendered_sha256,
                now=self._parts.clock.now(),
            )

    def _verify(self, sealed: bytes) -> None:
        """Step 8."""
        report = validate_document(sealed, trust=self._parts.trust, at=self._parts.clock.now())
        if report.verdict is not Verdict.TOTAL_PASSED:
            raise SelfVerificationFailedError(reason=str(report.sub_indication))
        if [seal.level for seal in report.seals] != [self._parts.signer.level]:
            raise SelfVerificationFailedError(reason="level")

    def _publish(self, allocated: _Allocated, sealed: bytes) -> IssuedCopy:
        """Step 9; the file first, so that a published record always has one."""
        self._parts.store.put(sealed)
        try:
            with self._parts.database.transaction() as session:
                now = self._parts.clock.now()
                issuance = journal.publish(session, allocated.issuance_id, now=now)
                record = session.get_one(CertificateRecord, issuance.record_id)
                issued = issued_copy(issuance, record)
        except LeaseLostError:
            # Recovery was faster. If it published, it published this copy.
            published = find_published(self._parts.database, allocated.issuance_id)
            if published is None:
                raise
            return replace(published, verify_code=allocated.verify_code)
        return replace(issued, verify_code=allocated.verify_code)


def _purpose_of(accepted: AcceptedRequest) -> SealPurpose:
    return SealPurpose(
        route=accepted.data.evidence.route,
        type_code=accepted.use.certificate_type.code,
        unit_code=accepted.request.unit_code,
    )
