"""A seal made ready once and put on many documents."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Dictionary, Name, String

from keys.uri import open_key
from signing.errors import CertificateMismatchError, CertificateUsageError, SigningError
from signing.levels import Level
from signing.report import Verdict
from signing.sealing import Sealer
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    development_key,
    sample_document,
    seal,
    seal_spec,
    timestamp_authority,
    validate,
)


def _sealer(*, timestamped: bool = True) -> Sealer:
    identity = demonstration_pki().seals["rsa2048"]
    return Sealer(
        key=open_key(identity.key_uri),
        chain=identity.chain,
        level=Level.B_T if timestamped else Level.B_B,
        timestamp_authority=timestamp_authority(),
    )


def test_many_documents_from_several_threads() -> None:
    sealer, spec = _sealer(), seal_spec()
    documents = [sample_document(pages) for pages in (1, 2, 3)] * 4
    with ThreadPoolExecutor(4) as pool:
        sealed = list(
            pool.map(lambda document: sealer.seal(document, spec, signed_at=NOW), documents)
        )
    for document in sealed:
        report = validate(document)
        assert report.verdict is Verdict.TOTAL_PASSED
        assert report.seals[0].level is Level.B_T


def test_it_gives_the_bytes_of_a_seal_made_for_one_document() -> None:
    # PKCS#1 v1.5 signs the same bytes alike; only the timestamps differ.
    sealed = _sealer(timestamped=False).seal(sample_document(), seal_spec(), signed_at=NOW)
    again = _sealer(timestamped=False).seal(sample_document(), seal_spec(), signed_at=NOW)
    assert sealed == again
    assert validate(sealed).seals[0].level is Level.B_B


def test_a_wrong_certificate_is_refused_before_any_document_is_seen() -> None:
    identity = demonstration_pki().seals["p256"]
    with pytest.raises(CertificateMismatchError):
        Sealer(key=development_key(), chain=identity.chain, level=Level.B_B)
    wrong = issue(Wish(usage=("key_agreement",)))
    with pytest.raises(CertificateUsageError):
        Sealer(key=wrong.key, chain=[wrong.certificate], level=Level.B_B)


def _with_unreferenced(item: Dictionary) -> bytes:
    """A document with an object that nothing refers to."""
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        pdf.Root.Kept = pdf.make_indirect(item)
        out = BytesIO()
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    document = out.getvalue()
    at = document.index(b"/Kept ")
    end = document.index(b" R", at) + 2
    return document[:at] + b" " * (end - at) + document[end:]


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (Dictionary(S=Name.JavaScript, JS=String("1")), "signing.input-active-content"),
        (Dictionary(FT=Name.Sig, T=String("x")), "signing.input-awaits-signature"),
        (Dictionary(Type=Name.DocTimeStamp), "signing.input-already-signed"),
    ],
    ids=["script", "field", "timestamp"],
)
def test_what_nothing_refers_to_is_looked_at_too(item: Dictionary, code: str) -> None:
    with pytest.raises(SigningError) as caught:
        seal(_with_unreferenced(item))
    assert caught.value.code == code


def test_words_that_only_look_active_do_not_hinder() -> None:
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        pdf.docinfo["/Subject"] = "/JS /Action /Sig"
        pdf.Root.Other = pdf.make_indirect(Dictionary(Kind=Name.Movie))
        out = BytesIO()
        pdf.save(out)
    assert validate(seal(out.getvalue())).verdict is Verdict.TOTAL_PASSED
