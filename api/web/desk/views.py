"""What the desk shows: the proofs that a matter uses, and what one of them would say."""

import base64
from dataclasses import dataclass, field, replace
from typing import Any

from api.shared.sentences import sentence
from api.shared.views.copies import CertificateCopy
from api.shared.views.source_warnings import field_title, warning_sentences
from api.shared.views.sources import source_health
from api.shared.views.uses import Use, uses_of
from api.web.forms.faults import Fault
from api.web.visits import Visit
from certsvc.bootstrap import Services
from certsvc.catalogue.packs.rules import NoVersionInForceError
from certsvc.certificates.extraction.service import get_copy
from certsvc.certificates.issuance.previews import Preview
from certsvc.certificates.issuance.repetitions import find_recent_copy
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.evidence.sources.health import SourceHealth
from certsvc.evidence.sources.rules import stored_warnings
from certsvc.foundation.clock import CHINA_TIME
from certsvc.foundation.codes.holder import HolderCodeType
from certsvc.foundation.db.paging import MOST_AT_ONCE, PageRequest
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from templates.packs import TemplatePack
from templates.printed import printed_value

BETWEEN = "|"
"""Stands between matter and type in the value of a choice."""


@dataclass(frozen=True, kw_only=True)
class ProofChoice:
    """A proof that a clerk may choose for a matter."""

    value: str
    """Matter and type, as the form sends them."""
    name: str
    """Name of the certificate type."""
    fields: str
    """Titles of the only fields that are given."""
    source: str | None
    """Name of the source; None if none is connected."""
    unit: str
    """Whose records it holds."""
    state: str
    """`well`, `failing`, `never`; `none` or `other-kind` where nothing can be asked."""

    @property
    def needs_reply(self) -> bool:
        """Whether the department has to be asked instead."""
        return self.state in {"failing", "none", "other-kind"}


@dataclass(frozen=True, kw_only=True)
class FactTable:
    """A field that is a table."""

    title: str
    """What people call it."""
    columns: list[str]
    """Titles of its columns."""
    rows: list[list[str]] = field(repr=False)
    """Its cells, as they are printed."""


@dataclass(frozen=True, kw_only=True)
class PreviewView:
    """What a certificate would say, ready to be shown."""

    preview: Preview
    """The preview itself."""
    facts: list[tuple[str, str]] = field(repr=False)
    """Title and printed value of each field that is no table."""
    tables: list[FactTable] = field(repr=False)
    """The fields that are tables."""
    oddities: list[str]
    """What is odd and lawful about the facts."""
    pictures: list[str] = field(repr=False)
    """Addresses of the pictures of its pages, which hold the pictures themselves."""
    page_count: int
    """Pages that the paper has."""


@dataclass(frozen=True, kw_only=True)
class Caution:
    """What a clerk should know before going on: the same was issued a moment ago."""

    code: str
    """Code of the sentence."""
    params: dict[str, str | int] = field(repr=False)
    """What it names."""
    text: str = field(repr=False)
    """The sentence."""
    earlier: str | None
    """证照标识 of the record that it is about, if there is a page of it."""
    copy_number: str
    """Number of the copy that it is about."""


@dataclass(frozen=True, kw_only=True)
class ProofSheet:
    """One of the proofs that are looked at side by side."""

    use: str
    """Matter and type, as forms send them."""
    name: str
    """Name of the certificate type."""
    view: PreviewView | None = None
    """What it would say; None if it is refused."""
    fault: Fault | None = None
    """Why it is refused."""
    caution: Caution | None = None
    """What should be known before it is issued once more."""


def names_of_uses(visit: Visit) -> dict[str, str]:
    """Return the names of the proofs that the actor's unit may ask for, as forms send them."""
    return {
        f"{use.matter}{BETWEEN}{use.type}": name_in(visit.language, use.type_name, use.type_name_en)
        for use in permitted_uses(visit)
    }


def matters_of(visit: Visit) -> dict[str, str]:
    """Return code and name of the matters for which the actor's unit may ask for something."""
    return {
        use.matter: name_in(visit.language, use.matter_name, use.matter_name_en)
        for use in permitted_uses(visit)
    }


def caution_of(visit: Visit, wanted: IssueRequest) -> Caution | None:
    """Return what a clerk is told if the same proof was issued a moment ago."""
    caller, now = visit.actor.id, visit.services.clock.now()  # issuing took its time
    hidden = visit.services.hidden_keys.hide(caller, wanted.idempotency_key or "")
    wanted = replace(wanted, idempotency_key=hidden)
    with visit.reading() as session:
        recent = find_recent_copy(session, wanted, caller=caller, now=now)
        if recent is None:
            return None
        copy = recent.copy
        params: dict[str, str | int] = {
            "name": copy.record.holder_name,
            "type": copy.record.certificate_type.name,
            "type_en": copy.record.certificate_type.name_en or "",
            "at": f"{copy.extracted_at.astimezone(CHINA_TIME):%H:%M}",
            "number": copy.copy_number,
        }
        code = "page.desk.repeated" if recent.is_published else "page.desk.repeating"
        return Caution(
            code=code,
            params=params,
            text=sentence(code, visit.language, params),
            earlier=copy.record.identifier if recent.is_published else None,
            copy_number=copy.copy_number,
        )


def oddities_of(visit: Visit, issued: CertificateCopy) -> list[str]:
    """Return what was odd about the facts of a copy that was just issued."""
    with visit.reading() as session:
        evidence = get_copy(session, issued.copy_number, actor=visit.actor).record.evidence
    return warning_sentences(
        stored_warnings(evidence),
        type_code=issued.type,
        packs=visit.services.packs,
        language=visit.language,
    )


def permitted_uses(visit: Visit) -> list[Use]:
    """Return everything that the actor's unit may ask for today."""
    return uses_of(visit, PageRequest(limit=MOST_AT_ONCE)).items


def choices_of(
    uses: list[Use],
    *,
    kind: HolderCodeType,
    visit: Visit,
) -> list[ProofChoice]:
    """Return the proofs of some uses with the state of their sources.

    What cannot be asked by the holder's kind of document comes last.
    """
    by_type = {each.code: health for health in source_health(visit) for each in health.types}
    choices = [
        ProofChoice(
            value=f"{use.matter}{BETWEEN}{use.type}",
            name=name_in(visit.language, use.type_name, use.type_name_en),
            fields=_titles(use, visit),
            source=health.name if health else None,
            unit=health.unit_name if health else "",
            state=_state(use.type, health, kind, visit.services),
        )
        for use in uses
        for health in (by_type.get(use.type),)
    ]
    return sorted(choices, key=lambda choice: choice.state == "other-kind")


def preview_view(preview: Preview, visit: Visit) -> PreviewView:
    """Lay out what a certificate would say."""
    facts, tables = [], []
    for name, value in _printed(preview).items():
        title = field_title(name, preview.pack, visit.language)
        if isinstance(value, list):
            tables.append(_table(name, title, value, preview.pack, visit.language))
        else:
            facts.append((title, str(value)))
    return PreviewView(
        preview=preview,
        facts=facts,
        tables=tables,
        oddities=warning_sentences(
            preview.data.evidence.warnings,
            type_code=preview.pack.code,
            packs=visit.services.packs,
            language=visit.language,
        ),
        pictures=[_address_of(png) for png in preview.picture.pngs],
        page_count=len(preview.picture.pngs),
    )


def _address_of(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _titles(use: Use, visit: Visit) -> str:
    between = "、" if visit.language is Language.ZH else ", "
    try:
        pack = visit.services.packs.get(use.type)
    except NoVersionInForceError:
        return between.join(use.fields)
    return between.join(field_title(name, pack, visit.language) for name in use.fields)


def _state(
    type_code: str, health: SourceHealth | None, kind: HolderCodeType, services: Services
) -> str:
    if health is None:
        return "none"
    description = next(
        source.description for source in services.sources if source.description.code == health.code
    )
    if kind not in description.types[type_code].holder_kinds:
        return "other-kind"
    if health.is_well is None:
        return "never"
    return "well" if health.is_well else "failing"


def _printed(preview: Preview) -> dict[str, Any]:
    """The facts in the order of the schema, without what only the layout adds."""
    printed: dict[str, Any] = printed_value(preview.data.fields, preview.pack.schema)
    return {name: printed[name] for name in printed if name in preview.data.fields}


def _table(
    name: str, title: str, rows: list[Any], pack: TemplatePack, language: Language
) -> FactTable:
    described = pack.schema["properties"][name].get("items", {}).get("properties", {})
    columns = list(described)
    if not columns:
        return FactTable(title=title, columns=[title], rows=[[str(row)] for row in rows])
    return FactTable(
        title=title,
        columns=[field_title(f"{name}.{column}", pack, language) for column in columns],
        rows=[[str(row.get(column, "—")) for column in columns] for row in rows],
    )
