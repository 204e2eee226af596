"""Forged, senseless and explosive security stores in an archive revision."""

import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from signing.levels import Level
from signing.pdf.plain_writer import Body
from signing.pdf.security_store import prepare_store
from signing.report import Outcome, SubIndication, Verdict
from signing.revocation.statuses import ProofKind, RevocationProof
from signing.revocation.validation_material import ValidationMaterial
from tests.support.archive_revisions import archive_revision
from tests.support.hostile_files import judge_within_bounds
from tests.support.revocation_proofs import ListWish, make_list
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    revocation_source,
    sealed_document,
    validate,
)

_DAY = timedelta(days=1)


def _store(document: bytes, entries: Callable[[pikepdf.Pdf], pikepdf.Object]) -> bytes:
    def change(pdf: pikepdf.Pdf) -> None:
        pdf.Root.DSS = entries(pdf)

    return archive_revision(document, change)


def _with_proofs(document: bytes, *proofs: RevocationProof) -> bytes:
    store = prepare_store(ValidationMaterial(proofs=proofs))

    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        given: dict[int, Body] = {}
        directory = Dictionary(Type=Name.DSS)
        for key, bodies in store.lists:
            places = [pdf.make_indirect(Dictionary()) for _ in bodies]
            given |= dict(zip((place.objgen[0] for place in places), bodies, strict=True))
            directory[f"/{key}"] = Array(places)
        directory.VRI = Dictionary(
            {"/" + "0" * 40: Dictionary(CRL=directory.get("/CRLs", Array()))}
        )
        pdf.Root.DSS = directory
        return given

    return archive_revision(document, change)


def _revocation() -> RevocationProof:
    """The seal's certificate was revoked the day before."""
    serial = demonstration_pki().seals["p256"].chain[0].serial_number
    authority = demonstration_pki().seals["p256"].chain[1]
    return revocation_source(revoked={serial: NOW - _DAY}).fetch(
        demonstration_pki().seals["p256"].chain[0], authority
    )


def test_lists_of_others_hide_no_revocation() -> None:
    authority = demonstration_pki().seals["p256"].chain[1]
    stranger = issue(Wish(name="冒名", ca=True))
    forged = [
        make_list(authority, stranger.private_key, ListWish(this_update=NOW + _DAY * days))
        for days in (-1, 0, 1)
    ]
    strange = make_list(stranger.certificate, stranger.private_key)
    garbage = RevocationProof(kind=ProofKind.OCSP, encoded=b"\x30\x03\x0a\x01\x00")
    document = _with_proofs(sealed_document(), *forged, strange, garbage)
    report = validate(document)
    assert report.seals[0].level is Level.B_T
    assert report.check("revocation").outcome is Outcome.NOT_CHECKED
    # The seal's own issuer says otherwise, in the store or asked now; that alone suffices.
    for revoked in (
        validate(document, fresh_proofs=[_revocation()]),
        validate(_with_proofs(sealed_document(), *forged, _revocation())),
    ):
        assert revoked.verdict is Verdict.TOTAL_FAILED
        assert revoked.sub_indication is SubIndication.REVOKED


_ODD_STORES: dict[str, Callable[[pikepdf.Pdf], pikepdf.Object]] = {
    "not a dictionary": lambda _: Array([1, 2]),
    "a number": lambda pdf: pdf.make_indirect(Array()),
    "arrays of numbers": lambda _: Dictionary(Certs=[1, 2], CRLs=[Name.X], OCSPs=7),
    "itself": lambda pdf: Dictionary(Certs=pdf.Root.AcroForm.Fields, VRI=pdf.Root.Pages),
    "pages for proofs": lambda pdf: Dictionary(CRLs=Array([pdf.Root.Pages] * 3)),
    "contents for proofs": lambda pdf: Dictionary(CRLs=Array([pdf.pages[0].obj.Contents] * 300)),
}


@pytest.mark.parametrize("name", _ODD_STORES)
def test_a_store_of_nonsense_gives_no_level(name: str) -> None:
    report = validate(_store(sealed_document(), _ODD_STORES[name]))
    assert report.seals[0].level is Level.B_T
    assert report.check("long-term-material").outcome is Outcome.NOT_CHECKED


def _streams(*, count: int, plain: bytes, packed: bytes | None = None, same: bool) -> bytes:
    """A store of many or large streams."""
    written = plain if packed is None else packed
    head = b"<< %b/Length %d >>" % (b"/Filter /FlateDecode " if packed else b"", len(written))

    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        places = [pdf.make_indirect(Dictionary()) for _ in range(1 if same else count)]
        listed = Array(places * count if same else places)
        pdf.Root.DSS = Dictionary(Certs=listed, CRLs=listed, OCSPs=listed)
        return {place.objgen[0]: (head, written) for place in places}

    return archive_revision(sealed_document(), change)


def _bomb(size_mib: int) -> bytes:
    packer = zlib.compressobj(9)
    parts = [packer.compress(bytes(1 << 20)) for _ in range(size_mib)]
    return b"".join((*parts, packer.flush()))


def _many_large_lists() -> bytes:
    """Lists of the seal's own issuer, each with thousands of entries."""
    identity = demonstration_pki().seals["p256"]
    stranger = issue(Wish(name="冒名", ca=True))
    revoked = dict.fromkeys(range(1, 1000), NOW)
    proof = make_list(identity.chain[1], stranger.private_key, ListWish(revoked=revoked))
    return _with_proofs(sealed_document(), *_copies(proof, 150))


def _copies(proof: RevocationProof, count: int) -> list[RevocationProof]:
    return [
        RevocationProof(kind=proof.kind, encoded=proof.encoded[:-1] + bytes([i]))
        for i in range(count)
    ]


def _many_revisions(count: int) -> bytes:
    document = sealed_document()
    for _ in range(count):
        document = archive_revision(document)
    return document


def _many_objects() -> bytes:
    def change(pdf: pikepdf.Pdf) -> Mapping[int, Body]:
        size = int(pdf.trailer.Size) + 5
        return dict.fromkeys(range(size, size + 15000), (b"[ %b]" % (b"1 0 R " * 30), None))

    document = archive_revision(sealed_document(), change)
    for _ in range(5):
        document = archive_revision(document)
    return document


_BOMBS: dict[str, Callable[[], bytes]] = {
    "ten thousand streams": lambda: _streams(count=10_000, plain=b"x", same=False),
    "one large stream again and again": lambda: _streams(
        count=1000, plain=bytes(30 << 20), same=True
    ),
    "one bomb again and again": lambda: _streams(
        count=1000, plain=b"", packed=_bomb(512), same=True
    ),
    "just below the limit": lambda: _streams(count=1000, plain=b"", packed=_bomb(15), same=True),
    "large lists": _many_large_lists,
    "revisions": lambda: _many_revisions(18),
    "too many revisions": lambda: _many_revisions(25),
    "objects in many revisions": _many_objects,
}


@pytest.mark.parametrize("name", _BOMBS)
def test_hostile_archives_stay_within_bounds(name: str) -> None:
    judged = judge_within_bounds(_BOMBS[name](), root=demonstration_pki().root, at=NOW)
    assert judged.verdict in {verdict.value for verdict in Verdict}
    assert judged.peak_mib < 256
