"""Step `twin`: the attached machine-readable data says the same as the pages.

Only asked of a file whose seal passed, so that whoever made the data is known.

1. The data is read; what is of another form is not judged.
2. The holder of the data is the holder of its facts.
3. With the template pack at hand the data is set again, and text and picture of every page are
   compared: a value that was changed, hidden or added shows, on whichever side.
4. Without it, every value must be in the text of the pages; what the pages say beyond that is not
   compared, and the sentence says so.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from certsvc.certificates.extraction.twins import (
    Twin,
    TwinForeignError,
    TwinMalformedError,
    read_twin,
)
from certsvc.verification.authenticity.rules import check
from signing.pdf.attachments import read_attachment
from signing.report import Check, Outcome, Param, SubIndication
from templates.comparing import (
    MOST_PAGES,
    Comparison,
    compare_paper,
    count_pages,
    find_missing,
    verify_address,
)
from templates.errors import PaperDiffersError, TemplateError
from templates.face import Face
from templates.packs import TemplatePack
from templates.printed import printed_date, printed_time, printed_value
from templates.rendering import Renderer

TWIN_NAME = "certificate.json"
"""Name under which the machine-readable twin is attached."""
_STEP = "twin"
_VIOLATION = SubIndication.SIG_CONSTRAINTS_FAILURE


FindPack = Callable[[str, str, str], TemplatePack | None]
"""Finds a pack by its code, its version and the identifier of the paper's record."""


@dataclass(frozen=True, kw_only=True)
class PaperParts:
    """Parts for rendering a paper again."""

    find_pack: FindPack
    """Finds the pack that the paper was set with; None: there is none, so nothing is set again."""
    renderer: Renderer
    """The layout engine."""
    notices: tuple[str, ...]
    """Notices that may be printed above a title; they are not part of the data."""


GetPaperParts = Callable[[], PaperParts]
"""Opens the parts when they are first needed; may raise TemplateError where there are none."""


class _ContradictionError(Exception):
    def __init__(self, reason: str, **params: Param) -> None:
        super().__init__(reason)
        self.reason, self.params = reason, params


def check_twin(document: bytes, parts: GetPaperParts | None) -> Check:
    """Compare a sealed paper with the data attached to it; see the module's steps.

    The caller must have validated the seal.
    """
    content = read_attachment(document, TWIN_NAME)
    if content is None:
        return check(_STEP, Outcome.NOT_CHECKED, "absent")
    try:
        return _compare(document, content, parts)
    except TwinForeignError:
        return check(_STEP, Outcome.NOT_CHECKED, "foreign")
    except TwinMalformedError:
        return check(_STEP, Outcome.FAILED, "malformed", why=_VIOLATION)
    except _ContradictionError as error:
        reason, params = error.reason, error.params
    except PaperDiffersError as error:
        reason, params = str(error.params["part"]), error.params
    return check(_STEP, Outcome.FAILED, reason, params, why=_VIOLATION)


def _compare(document: bytes, content: bytes, parts: GetPaperParts | None) -> Check:
    twin = read_twin(content)
    pages = count_pages(document)
    if pages > MOST_PAGES:
        return check(_STEP, Outcome.NOT_CHECKED, "too-long", {"pages": pages})
    values = list(_as_printed(twin))
    missing = find_missing(document, values)
    if missing is not None:
        raise _ContradictionError("value", field=missing)
    opened = _open(parts)
    pack = opened.find_pack(twin.type_code, twin.pack_version, twin.identifier) if opened else None
    facts: dict[str, Param] = {"values": len(values)}
    if opened and pack:
        _check_holder(twin, pack)
        face = _face_of(document, content, twin, opened.notices)
        done = _compare_pages(document, face, pack, opened.renderer)
        if done:
            facts |= {"pages": done.pages, "pack": pack.code, "version": pack.version}
            reason = "pages-same" if done.pictures else "text-same"
            return check(_STEP, Outcome.PASSED, reason, facts)
    return check(_STEP, Outcome.PASSED, "values-found", facts)


def _compare_pages(
    document: bytes, face: Face, pack: TemplatePack, renderer: Renderer
) -> Comparison | None:
    try:
        return compare_paper(document, face, pack, renderer)
    except PaperDiffersError:
        raise
    except TemplateError:
        # Data that these fonts or this engine refuse to set: an older paper, say.
        return None


def _open(parts: GetPaperParts | None) -> PaperParts | None:
    try:
        return parts() if parts else None
    except TemplateError:
        return None


def _check_holder(twin: Twin, pack: TemplatePack) -> None:
    holder = {"name": twin.holder_name, "code": twin.holder_code}
    for field, part in pack.holder_fields.items():
        if part in holder and twin.fields.get(field) != holder[part]:
            raise _ContradictionError("value", field=f"holder.{part}")


def _face_of(document: bytes, content: bytes, twin: Twin, notices: tuple[str, ...]) -> Face:
    address = verify_address(document)
    # The notice is not part of the data: whichever of ours stands on the page is set again.
    shown = (text for text in notices if find_missing(document, [("notice", text)]) is None)
    notice = next(shown, None)
    return Face(
        fields=twin.fields,
        identifier=twin.identifier,
        copy_number=twin.copy_number,
        producing_unit=twin.producing_unit,
        extracting_unit=twin.extracting_unit,
        matter=twin.matter,
        purpose=twin.purpose,
        extracted_at=twin.extracted_at,
        valid_until=twin.valid_until,
        verify_url=address,
        verify_code=address.rsplit("/", 1)[-1],
        notice=notice,
        twin=content,
        metadata={},
    )


def _as_printed(twin: Twin) -> Iterator[tuple[str, str]]:
    """Yield every value in the form in which packs print it."""
    for name, value in twin.leaves():
        if isinstance(value, datetime):
            yield name, printed_time(value)
        elif isinstance(value, date):
            yield name, printed_date(value)
        else:
            yield name, _printed(value)


def _printed(value: object) -> str:
    if isinstance(value, str):
        for form in ("date", "year-month"):
            try:
                return str(printed_value(value, {"format": form}))
            except TemplateError:
                continue
        return value
    return str(printed_value(value, {}))  # type: ignore[arg-type]  # a leaf of parsed JSON
