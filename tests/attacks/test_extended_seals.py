"""A seal of ours that somebody extended: only our archiver's own bytes pass, in one spelling."""

import re
from collections.abc import Callable
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from signing.archiving import renew_archive
from signing.levels import Level
from signing.long_term.archive_timestamps import add_archive_timestamp, restate_material
from signing.report import Verdict
from signing.revocation.validation_material import ValidationMaterial
from tests.support.later_writing import Spelling, appended, as_stream, catalog_with, next_number
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    material_gatherer,
    sample_document,
    seal,
    sealed_document,
    timestamp_authority,
    validate,
)

_LOOKS = {
    "without box": (b"/AP << /N %d 0 R >>", b""),
    "with a box": (b"/AP << /N %d 0 R >>", b"/BBox [ 0 0 600 800 ] "),
    "by state": (b"/AS /On /AP << /N << /On %d 0 R >> >>", b""),
    "in kids": (
        b"/Kids [ << /Type /Annot /Subtype /Widget /Rect [ 0 0 0 0 ] /AP << /N %d 0 R >> >> ]",
        b"",
    ),
}
_SPELLINGS = {
    "a line break after trailer": Spelling(),
    "as ours": Spelling(after_trailer=b" ", first_rows=b""),
    "a cross-reference stream": Spelling(stream=True),
    "a comment": Spelling(before_startxref=b"%x\n"),
}


def _with_root_listed(document: bytes, *, more: bytes = b"") -> dict[int, bytes]:
    """A security store with the authority's own certificate: as harmless as can be."""
    first = next_number(document)
    certificate = demonstration_pki().root.public_bytes(Encoding.DER)
    return {
        first: as_stream(certificate),
        first + 1: b"<< /Type /DSS /Certs [ %d 0 R %b] >>" % (first, more),
        **catalog_with(document, first + 1),
    }


def _drawn_over(document: bytes, look: tuple[bytes, bytes], rectangle: bytes) -> dict[int, bytes]:
    """A field on the page whose appearance is listed as a certificate too."""
    field, drawing = next_number(document) + 5, next_number(document) + 6
    bodies = _with_root_listed(document, more=b"%d 0 R " % drawing)
    with pikepdf.open(BytesIO(document)) as pdf:
        page, root = pdf.pages[0].obj, pdf.Root.objgen[0]
        number, text = page.objgen[0], page.unparse(resolved=True)
    place = b"%d 0 R ]" % field
    bodies[number] = re.sub(rb"(/Annots \[[^]]*)\]", rb"\1 " + place, text)
    bodies[root] = re.sub(rb"(/Fields \[[^]]*)\]", rb"\1 " + place, bodies[root])
    head = b"<< /Type /Annot /Subtype /Widget /FT /Sig /T (x) /F 4 /Rect [ %b ] " % rectangle
    bodies[field] = head + look[0] % drawing + b" >>"
    bodies[drawing] = as_stream(b"1 0 0 rg 0 0 600 800 re f", b"/Subtype /Form " + look[1])
    return bodies


@pytest.mark.parametrize("spelling", _SPELLINGS)
@pytest.mark.parametrize("look", _LOOKS)
def test_a_drawing_that_passes_for_material(look: str, spelling: str) -> None:
    document = sealed_document(level=Level.B_T)
    for rectangle in (b"0 0 0 0", b"-50 -50 -50 -50", b"0 0 600 800"):
        bodies = _drawn_over(document, _LOOKS[look], rectangle)
        report = validate(appended(document, bodies, _SPELLINGS[spelling]))
        assert report.check("whole-file").code == "validation.whole-file.forbidden"
        assert report.verdict is Verdict.TOTAL_FAILED


@pytest.mark.parametrize("spelling", _SPELLINGS)
def test_what_only_archives_but_is_not_of_our_archiver(spelling: str) -> None:
    document = sealed_document(level=Level.B_T)
    report = validate(appended(document, _with_root_listed(document), _SPELLINGS[spelling]))
    assert report.check("whole-file").code == "validation.whole-file.ours-added"
    assert report.check("one-revision").code == "validation.one-revision.changed-later"
    assert report.check("digest").code == "validation.digest.passed"
    assert report.verdict is Verdict.INDETERMINATE


@cache
def _extended(how: str) -> bytes:
    document = sealed_document(level=Level.B_LT)
    if how == "restated":  # nobody's key is in it: whoever spells it otherwise breaks no signature
        return restate_material(document)
    return add_archive_timestamp(document, timestamp_authority=timestamp_authority())[0]


_OTHER_SPELLINGS: dict[str, Callable[[bytes], bytes]] = {
    "a line break after trailer": lambda added: added.replace(b"trailer <<", b"trailer\n<<"),
    "two spaces": lambda added: added.replace(b"/Root ", b"/Root  "),
    "keys in another order": lambda added: re.sub(
        rb"(/Root \d+ 0 R) (/Size \d+)", rb"\2 \1", added
    ),
    "another identifier": lambda added: re.sub(rb"<[0-9a-f]{32}>\]", b"<%b>]" % (b"0" * 32), added),
    "a free entry": lambda added: added.replace(b"xref\n", b"xref\n0 1\n0000000000 65535 f \n"),
    "an empty line at the end": lambda added: added + b"\n",
    "no line end": lambda added: added[:-1],
}


@pytest.mark.parametrize("how", ["restated", "timestamped"])
@pytest.mark.parametrize("name", _OTHER_SPELLINGS)
def test_our_archiving_in_another_spelling(name: str, how: str) -> None:
    document, extended = sealed_document(level=Level.B_LT), _extended(how)
    assert validate(extended).verdict is Verdict.TOTAL_PASSED
    added = _OTHER_SPELLINGS[name](extended[len(document) :])
    assert document + added != extended
    assert validate(document + added).verdict is not Verdict.TOTAL_PASSED


def _stranger() -> bytes:
    return issue(Wish(name="别人", ca=True)).certificate.public_bytes(Encoding.DER)


def test_the_archiver_itself_with_a_certificate_that_serves_nobody() -> None:
    document, _ = add_archive_timestamp(
        sealed_document(level=Level.B_T),
        timestamp_authority=timestamp_authority(),
        material=ValidationMaterial(certificates=(_stranger(),)),
    )
    report = validate(document)
    assert report.check("whole-file").code == "validation.whole-file.ours-added"
    assert report.verdict is Verdict.INDETERMINATE


def _namesakes_of_the_root(count: int) -> tuple[bytes, ...]:
    """Certificates that each pass for one that serves the seal."""
    name, key = demonstration_pki().root.subject, ec.generate_private_key(ec.SECP256R1())
    blank = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .not_valid_before(NOW)
        .not_valid_after(NOW)
    )
    made = (blank.serial_number(number + 1).sign(key, SHA256()) for number in range(count))
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in made)


@pytest.mark.parametrize(("count", "reason"), [(200, "archival"), (201, "ours-added")])
def test_more_material_than_anybody_needs(count: int, reason: str) -> None:
    """Each certificate is looked for in all the others, which would take minutes of thousands."""
    document, _ = add_archive_timestamp(
        sealed_document(level=Level.B_T),
        timestamp_authority=timestamp_authority(),
        material=ValidationMaterial(certificates=_namesakes_of_the_root(count)),
    )
    assert validate(document).check("whole-file").code == f"validation.whole-file.{reason}"


# A number alone among the objects, as some programs leave it: no reference leads to it.
def _with_bare_values() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(sample_document()), conversion_mode="explicit") as pdf:
        for text in (b"5", b"true", b"0.5", b"(x)", b"/X"):
            value = pikepdf.Object.parse(text)
            pdf.Root[f"/X{len(pdf.objects)}"] = pdf.make_indirect(value)
        pdf.save(out)
    return out.getvalue()


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT, Level.B_LTA])
def test_a_document_with_bare_values_is_archived_and_accepted(level: Level) -> None:
    document = seal(_with_bare_values(), level=level)
    for _ in range(2):
        document = renew_archive(
            document,
            timestamp_authority=timestamp_authority(),
            gatherer=material_gatherer(),
            at=NOW,
        )
    assert validate(document).verdict is Verdict.TOTAL_PASSED


def test_material_restated_is_accepted() -> None:
    document = restate_material(restate_material(sealed_document(level=Level.B_LT)))
    assert validate(document).verdict is Verdict.TOTAL_PASSED
