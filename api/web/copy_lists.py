"""Sealed copies as a list: a holder's own, or those of a unit.

An export names no holder: who it is about stands on the papers, which are fetched one by one.
"""

from api.shared.sentences import sentence
from api.shared.views.copies import CertificateCopy, copies_of
from api.web.lists.listing import Column, Fetch, Listing
from api.web.visits import Visit


def copy_listing(empty: str, step: tuple[str, str] | None = None) -> Listing[CertificateCopy]:
    """Return the list of copies, with what is said if there are none."""
    return Listing(
        name="certificates",
        columns=(
            Column(name="type", label="field.type", text=lambda copy, _: copy.type_name),
            Column(name="number", label="field.copy-number", text=lambda copy, _: copy.copy_number),
            Column(
                name="unit",
                label="field.extracting-unit",
                text=lambda copy, _: copy.extracting_unit,
            ),
            Column(name="matter", label="field.matter", text=lambda copy, _: copy.matter),
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
    )


def copies_fetch(visit: Visit) -> Fetch[CertificateCopy]:
    """Return the copies that the visitor may see, page by page."""
    return lambda page: copies_of(visit, page).as_page()
