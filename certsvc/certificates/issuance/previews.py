"""Previewing a certificate before it is issued.

- A preview asks the source as issuing does, so the same rights, use list and matter are required,
  and the same fields and no others come of it (非必要不收集).
- It is written to the log like every look-up, with matter, type, source and a keyed digest of the
  holder, and without personal data; the facts, their evidence and the picture are shown once
  and kept nowhere.
- Nothing is allocated and no seal is touched; that one may be used now is checked.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from certsvc.catalogue.packs.repository import PackRepository
from certsvc.catalogue.uses.service import PermittedUse, find_codes
from certsvc.certificates.issuance import acceptance
from certsvc.certificates.issuance.events import CertificatePreviewed, PreviewRefused
from certsvc.certificates.issuance.rules import IssueRequest, plausible_code
from certsvc.evidence.sources.rules import VerifiedData
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.clock import CHINA_TIME, Clock
from certsvc.foundation.db.engine import Database, DatabaseUnavailableError
from certsvc.foundation.errors import CertsvcError
from certsvc.foundation.events.holder_digests import holder_hmac
from certsvc.foundation.events.recording import record
from certsvc.people.rights.rules import Actor
from certsvc.people.units.records import Unit
from certsvc.sealing.register.service import SealPurpose, get_seal_for
from templates.errors import TemplateError
from templates.packs import TemplatePack
from templates.previews import PreviewPicture, PreviewText, preview_picture
from templates.rendering import Renderer


@dataclass(frozen=True, kw_only=True)
class Preview:
    """Content of the certificate if it were issued now."""

    data: VerifiedData = field(repr=False)
    """The minimised facts, and their evidence."""
    pack: TemplatePack
    """The pack that the paper would be set with."""
    type_name: str
    """Name of the certificate type."""
    type_name_en: str | None
    """Its English name."""
    matter: str
    """Name of the matter."""
    matter_en: str | None
    """Its English name."""
    producing_unit: str
    """制作单位."""
    seal_name: str
    """The seal that it would bear."""
    valid_until: date
    """Last day of the copy's life."""
    picture: PreviewPicture = field(repr=False)
    """The first page, marked as a preview."""


class Previewer:
    """Creates previews; one instance per process."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        packs: PackRepository,
        renderer: Renderer,
        sources: SourceRegister,
        holder_key: bytes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._packs = packs
        self._renderer = renderer
        self._sources = sources
        self._holder_key = holder_key

    def preview(self, request: IssueRequest, *, actor: Actor) -> Preview:
        """Return what a request would issue, and log the look-up.

        Raises:
            CertsvcError: issuing would be refused too; the code says why.
            TemplateError: the paper cannot be set.
        """
        now = self._clock.now()
        try:
            request = acceptance.check_form(request, actor)
            found = self._look(request, actor, now)
        except (CertsvcError, TemplateError) as error:
            self._log_refusal(request, actor, error.code, now)
            raise
        self._log(request, actor, found, now)
        return found

    def _look(self, request: IssueRequest, actor: Actor, now: datetime) -> Preview:
        with self._database.reading() as session:
            use, unit = acceptance.check_catalogue(session, request, now=now)
            data = acceptance.find_reply_data(session, request, actor, now=now)
            day = now.astimezone(CHINA_TIME).date()
            pack = self._packs.get_in_force(session, use.certificate_type.code, on=day)
        if data is None:
            data = acceptance.query_source(self._sources, request, actor, now=now)
        data = acceptance.minimise(data, use)
        acceptance.require_fit(pack, request, data)
        purpose = SealPurpose(
            route=data.evidence.route, type_code=request.type_code, unit_code=request.unit_code
        )
        with self._database.reading() as session:
            seal_name = get_seal_for(session, purpose, now=now).name
        valid_until = day + timedelta(days=pack.validity_days)
        text = _text(request, use, unit, data, now, valid_until)
        return Preview(
            data=data,
            pack=pack,
            type_name=use.certificate_type.name,
            type_name_en=use.certificate_type.name_en,
            matter=use.matter.name,
            matter_en=use.matter.name_en,
            producing_unit=use.certificate_type.producing_unit.name,
            seal_name=seal_name,
            valid_until=valid_until,
            picture=preview_picture(self._renderer, pack, text),
        )

    def _log(self, request: IssueRequest, actor: Actor, found: Preview, now: datetime) -> None:
        evidence = found.data.evidence
        event = CertificatePreviewed(
            subject=request.matter_code,
            type=request.type_code,
            route=evidence.route.value,
            source=evidence.source,
            query_sha256=evidence.query_sha256,
            holder_hmac=holder_hmac(self._holder_key, request.holder),
        )
        with self._database.transaction() as session:
            record(session, event, actor=actor.id, now=now)

    def _log_refusal(
        self, request: IssueRequest, actor: Actor, refusal: str, now: datetime
    ) -> None:
        try:
            with self._database.transaction() as session:
                # Codes are unchecked input here; only plausible ones are logged.
                matter, kind = find_codes(
                    session,
                    matter_code=plausible_code(request.matter_code),
                    type_code=plausible_code(request.type_code),
                )
                event = PreviewRefused(
                    subject=matter or "-",
                    refusal=refusal,
                    type=kind or "-",
                    holder_hmac=holder_hmac(self._holder_key, request.holder),
                )
                record(session, event, actor=actor.id, now=now)
        except DatabaseUnavailableError:
            # If logging fails, the refusal itself must still reach the caller.
            return


def _text(
    request: IssueRequest,
    use: PermittedUse,
    unit: Unit,
    data: VerifiedData,
    now: datetime,
    valid_until: date,
) -> PreviewText:
    return PreviewText(
        fields=data.fields,
        producing_unit=use.certificate_type.producing_unit.name,
        extracting_unit=unit.name,
        matter=use.matter.name,
        purpose=request.purpose,
        at=now,
        valid_until=valid_until,
    )
