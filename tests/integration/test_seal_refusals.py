"""What the seal engine refuses to seal, and with which code."""

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from keys.uri import open_key
from signing.errors import SigningError
from signing.report import Verdict
from signing.sealing import seal_document
from tests.judges.samples import issue as issue_certificate
from tests.judges.samples import sealed as sign_by_another
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    sample_document,
    seal,
    seal_spec,
    sealed_document,
    timestamp_authority,
    validate,
)

Change = Callable[[pikepdf.Pdf], None]
_OPEN = pikepdf.Encryption(owner="owner", user="")


def _changed(change: Change, **options: object) -> bytes:
    with pikepdf.open(BytesIO(sample_document())) as pdf:
        change(pdf)
        out = BytesIO()
        pdf.save(out, **options)  # type: ignore[arg-type]  # options of save
        return out.getvalue()


def _nothing(_: pikepdf.Pdf) -> None:
    pass


def _open_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def _named_script(pdf: pikepdf.Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS=String("1"))
    pdf.Root.Names.JavaScript = Dictionary(Names=Array([String("x"), action]))


def _page_action(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String("x")))


def _launch(pdf: pikepdf.Pdf) -> None:
    _annotate(pdf, Dictionary(S=Name.Launch, F=String("x.exe")))


def _submit(pdf: pikepdf.Pdf) -> None:
    _annotate(pdf, Dictionary(S=Name.SubmitForm, F=String("http://example.invalid")))


def _chain(pdf: pikepdf.Pdf) -> None:
    following = Dictionary(S=Name.Launch, F=String("x.exe"))
    _annotate(pdf, Dictionary(S=Name.URI, URI=String("https://example.invalid"), Next=following))


def _orphan(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Kept = pdf.make_indirect(Dictionary(Type=Name.Action, S=Name.ImportData))


def _movie(pdf: pikepdf.Pdf) -> None:
    pdf.pages[0].obj.Annots = Array([Dictionary(Subtype=Name.Movie, Rect=Array([0, 0, 1, 1]))])


def _link(pdf: pikepdf.Pdf) -> None:
    _annotate(pdf, Dictionary(S=Name.URI, URI=String("https://example.invalid")))


def _annotate(pdf: pikepdf.Pdf, action: Dictionary) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), F=4, A=action)
    pdf.pages[0].obj.Annots = Array([pdf.make_indirect(link)])


def _empty_field(pdf: pikepdf.Pdf) -> None:
    field = Dictionary(FT=Name.Sig, T=String("x"))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))


def _nested_field(pdf: pikepdf.Pdf) -> None:
    """A field that is no object of its own."""
    pdf.Root.AcroForm = Dictionary(Fields=Array([Dictionary(FT=Name.Sig, T=String("x"))]))


def _untyped_signature(pdf: pikepdf.Pdf) -> None:
    value = Dictionary(ByteRange=Array([0, 9, 20, 9]), Contents=String(b"0" * 9))
    field = Dictionary(FT=Name.Sig, T=String("x"), V=pdf.make_indirect(value))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))


def _code(document: bytes) -> str:
    with pytest.raises(SigningError) as caught:
        seal(document)
    return caught.value.code


@pytest.mark.parametrize(
    "change",
    [_open_action, _named_script, _page_action, _launch, _submit, _chain, _orphan, _movie],
)
def test_anything_active(change: Change) -> None:
    assert _code(_changed(change)) == "signing.input-active-content"


def test_a_plain_link_is_allowed() -> None:
    assert seal(_changed(_link)).startswith(b"%PDF")


def test_what_is_signed_or_waits_to_be() -> None:
    assert _code(sealed_document()) == "signing.input-already-signed"
    assert _code(_changed(_empty_field)) == "signing.input-awaits-signature"
    assert _code(_changed(_nested_field)) == "signing.input-awaits-signature"
    assert _code(_changed(_untyped_signature)) == "signing.input-already-signed"


def test_what_somebody_else_signed_is_told_as_such() -> None:
    # Theirs is a further revision, and may be encrypted: that is not what is told.
    root = issue_certificate("root", None, NOW, usage="ca")
    signed = sign_by_another(sample_document(), root, NOW)
    assert signed.count(b"startxref") > 1
    assert _code(signed) == "signing.input-already-signed"
    assert _code(_changed(_untyped_signature, encryption=_OPEN)) == "signing.input-already-signed"


def _updated(document: bytes) -> bytes:
    """With one more revision, in which nothing is changed."""
    with pikepdf.open(BytesIO(document)) as pdf:
        root, size = pdf.Root.objgen[0], len(pdf.objects) + 1
    before = int(document[document.rindex(b"startxref") :].split()[1])
    update = b"\nxref\n0 0\ntrailer\n<< /Size %d /Root %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
    return document + update % (size, root, before, len(document) + 1)


def test_an_incremental_update() -> None:
    assert _code(_updated(_changed(_nothing))) == "signing.input-has-updates"
    linearised = _changed(_nothing, linearize=True)
    assert _code(_updated(linearised)) == "signing.input-has-updates"


@pytest.mark.parametrize("mode", list(pikepdf.ObjectStreamMode))
def test_a_linearised_file_has_no_update(mode: pikepdf.ObjectStreamMode) -> None:
    linearised = _changed(_nothing, linearize=True, object_stream_mode=mode)
    sealed = seal(linearised)
    assert validate(sealed).verdict is Verdict.TOTAL_PASSED
    assert b"/Linearized" not in sealed


def test_encryption() -> None:
    # An encrypted file claims no PDF/A; both kinds of password are refused.
    for user in ("", "secret"):
        encrypted = _changed(_nothing, encryption=pikepdf.Encryption(owner="owner", user=user))
        assert _code(encrypted) == "signing.input-encrypted"
    unknown = _changed(_nothing, encryption=pikepdf.Encryption(owner="owner", user=""))
    assert _code(unknown.replace(b"/V 5", b"/V 9")) == "signing.input-encrypted"


@pytest.mark.parametrize(
    "document",
    [b"", b"\x00" * 100, b"PK\x03\x04", b"%PDF-1.7\n", sample_document()[:5000]],
    ids=["empty", "nul", "zip", "header", "truncated"],
)
def test_what_is_no_readable_pdf(document: bytes) -> None:
    assert _code(document) == "signing.input-not-pdf"


def test_a_blank_signature_hidden_in_the_input() -> None:
    def hide(pdf: pikepdf.Pdf) -> None:
        pdf.Root.Kept = Dictionary(ByteRange=Array([0, *[9_999_999_999] * 3]))

    assert _code(_changed(hide)) == "signing.input-not-pdf"


@pytest.mark.parametrize(
    ("page", "x_mm", "y_mm", "reason"),
    [
        (1, 100, 100, "missing"),
        (-1, 100, 100, "missing"),
        (0, 20, 100, "outside"),
        (0, 100, 280, "outside"),
    ],
)
def test_a_seal_off_the_page(page: int, x_mm: float, y_mm: float, reason: str) -> None:
    with pytest.raises(SigningError) as caught:
        seal(sample_document(), spec=seal_spec(page_index=page, x_mm=x_mm, y_mm=y_mm))
    assert caught.value.code == "signing.seal-off-page"
    assert caught.value.params["reason"] == reason


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (Wish(ends_at=NOW - timedelta(seconds=1)), "signing.certificate-not-valid"),
        (Wish(starts_at=NOW + timedelta(hours=1)), "signing.certificate-not-valid"),
        (Wish(usage=("key_encipherment",)), "signing.certificate-wrong-usage"),
        (Wish(usage=None), "signing.certificate-wrong-usage"),
    ],
    ids=["expired", "not-yet-valid", "wrong-usage", "no-usage"],
)
def test_a_certificate_that_may_not_sign_now(wish: Wish, code: str) -> None:
    issued = issue(wish)
    with pytest.raises(SigningError) as caught:
        seal_document(
            sample_document(),
            seal_spec(),
            key=issued.key,
            chain=[issued.certificate],
            timestamp_authority=timestamp_authority(),
            signed_at=NOW,
        )
    assert caught.value.code == code


def test_the_certificate_of_another_key() -> None:
    seals = demonstration_pki().seals
    for chain in (seals["p384"].chain, ()):
        with pytest.raises(SigningError) as caught:
            seal_document(
                sample_document(),
                seal_spec(),
                key=open_key(seals["p256"].key_uri),
                chain=chain,
                timestamp_authority=timestamp_authority(),
                signed_at=NOW,
            )
        assert caught.value.code == "signing.certificate-mismatch"
