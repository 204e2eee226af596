"""Sealed copies as a list: a holder's own, or those of a unit.

An export names no holder: who it is about stands on the papers, which are fetched one by one.
"""

from api.shared.sentences import sentence
from api.shared.views.copies import CertificateCopy, copies_of
from api.web.lists.listing import Column, Fetch, ListFilter, Listing
from api.web.visits import Visit
from certsvc.catalogue.uses.service import PermittedUse, list_permitted_uses
from certsvc.certificates.extraction.rules import CopyState
from certsvc.foundation.clock import china_day
from certsvc.foundation.messages.names import name_in


def copy_listing(
    empty: str,
    step: tuple[str, str] | None = None,
    more_filters: tuple[ListFilter, ...] = (),
) -> Listing[CertificateCopy]:
    """Return the list of copies, with what is said if there are none."""
    return Listing(
        name="certificates",
        columns=(
            Column(name="type", label="field.type", text=_type_of),
            Column(name="number", label="field.copy-number", text=lambda copy, _: copy.copy_number),
            Column(
                name="unit",
                label="field.extracting-unit",
                text=lambda copy, _: copy.extracting_unit,
            ),
            Column(name="matter", label="field.matter", text=_matter_of),
            Column(
                name="extracted",
                label="field.extracted-at",
                text=lambda copy, _: copy.extracted_at[:16].replace("T", " "),
            ),
            Column(
                name="until",
                label="field.valid-until",
                text=lambda copy, _: copy.valid_until.isoformat(),
            ),
            Column(
                name="state",
                label="field.state",
                text=lambda copy, visit: sentence(f"state.{copy.state.value}", visit.language),
            ),
        ),
        empty=empty,
        step=step,
        per_page=50,
        filters=(
            ListFilter(name="state", label="field.state", choices=_states),
            *more_filters,
            ListFilter(name="extracted_from", label="list.extracted-from"),
            ListFilter(name="extracted_before", label="list.extracted-before"),
        ),
        sorts=(
            ("extracted_at", "field.extracted-at"),
            ("valid_until", "field.valid-until"),
            ("matter", "field.matter"),
        ),
        search="list.search.paper",
    )


def _type_of(copy: CertificateCopy, visit: Visit) -> str:
    return name_in(visit.language, copy.type_name, copy.type_name_en)


def _matter_of(copy: CertificateCopy, visit: Visit) -> str:
    return name_in(visit.language, copy.matter, copy.matter_en)


def _states(visit: Visit) -> list[tuple[str, str]]:
    return [(each.value, sentence(f"state.{each.value}", visit.language)) for each in CopyState]


def unit_filters() -> tuple[ListFilter, ...]:
    """Return how a unit's staff narrow their copies down besides: by matter and by type."""
    return (
        ListFilter(name="matter", label="field.matter", choices=_matters),
        ListFilter(name="type", label="field.type", choices=_types),
    )


def _uses(visit: Visit) -> list[PermittedUse]:
    today = china_day(visit.now)
    with visit.reading() as session:
        return list_permitted_uses(session, unit_code=visit.actor.unit_code or "", on=today)


def _matters(visit: Visit) -> list[tuple[str, str]]:
    found = {use.matter.code: use.matter for use in _uses(visit)}
    return [
        (code, name_in(visit.language, each.name, each.name_en))
        for code, each in sorted(found.items())
    ]


def _types(visit: Visit) -> list[tuple[str, str]]:
    found = {use.certificate_type.code: use.certificate_type for use in _uses(visit)}
    return [
        (code, name_in(visit.language, each.name, each.name_en))
        for code, each in sorted(found.items())
    ]


def copies_fetch(visit: Visit) -> Fetch[CertificateCopy]:
    """Return the copies that the visitor may see, page by page."""
    return lambda page: copies_of(visit, page).as_page()
