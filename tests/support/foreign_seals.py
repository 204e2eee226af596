"""Documents as other products seal them, made on the spot and named by what is special."""

import re
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.fields import (
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import PdfSignedData

from tests.support.foreign_pki import Party, foreign_pki
from tests.support.tools import require_tool

_KEPT = 16_384  # bytes for a container made by somebody else
_HOLE = re.compile(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]")


def blank_document(*, streams: bool = False, pages: int = 1) -> bytes:
    """An ordinary file; with object and cross-reference streams if wished."""
    mode = pikepdf.ObjectStreamMode.generate if streams else pikepdf.ObjectStreamMode.disable
    out = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            page = pdf.add_blank_page(page_size=(300, 200))
            page.Contents = pdf.make_stream(b"0 0 m 100 100 l S")
        pdf.save(out, object_stream_mode=mode)
    return out.getvalue()


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How pyHanko should sign."""

    kind: str = "p256"
    field: str = "Signature1"
    pades: bool = True
    permission: MDPPerm | None = None
    timestamped: bool = False
    long_term: bool = False
    archival: bool = False
    rectangle: tuple[int, int, int, int] | None = None
    carried: Sequence[x509.Certificate] | None = None


def sign(document: bytes, wishes: Wishes | None = None) -> bytes:
    """Signed by pyHanko, as an incremental update."""
    wishes = wishes or Wishes()
    pki = foreign_pki()
    writer = IncrementalPdfFileWriter(BytesIO(document), strict=False)
    if writer.prev.encrypted:
        writer.encrypt(user_pwd="")  # type: ignore[no-untyped-call]  # pyHanko's own
    if wishes.rectangle is not None:
        append_signature_field(writer, SigFieldSpec(wishes.field, box=wishes.rectangle))
    metadata = PdfSignatureMetadata(
        field_name=wishes.field,
        subfilter=SigSeedSubFilter.PADES if wishes.pades else SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
        certify=wishes.permission is not None,
        docmdp_permissions=wishes.permission or MDPPerm.FILL_FORMS,
        embed_validation_info=wishes.long_term,
        use_pades_lta=wishes.archival,
        validation_context=pki.context() if wishes.long_term else None,
        md_algorithm="sha512" if wishes.kind == "ed25519" else "sha256",
    )
    signer = PdfSigner(
        metadata,
        pki.signers[wishes.kind].signer(carried=wishes.carried),
        timestamper=pki.authority.timestamper() if wishes.timestamped else None,
    )
    out: BytesIO = signer.sign_pdf(writer)
    return out.getvalue()


def sign_by(
    document: bytes,
    make: Callable[[bytes], bytes],
    *,
    sub_filter: SigSeedSubFilter = SigSeedSubFilter.ADOBE_PKCS7_DETACHED,
    spell: Callable[[bytes, int], bytes] | None = None,
    left_out: Sequence[str] = (),
) -> bytes:
    """Signed with a container that somebody else makes of the covered bytes.

    Args:
        document: The file.
        make: From covered bytes to container.
        sub_filter: The form it claims to be of.
        spell: The hole, its delimiters included, for container and size; upper case by default.
        left_out: Keys that the signature dictionary shall not have.
    """
    writer = IncrementalPdfFileWriter(BytesIO(document))
    if writer.prev.encrypted:
        writer.encrypt(user_pwd="")  # type: ignore[no-untyped-call]  # pyHanko's own
    steps = PdfCMSEmbedder().write_cms("Signature1", writer)
    next(steps)
    placeholder = PdfSignedData(NameObject("/Sig"), sub_filter, bytes_reserved=_KEPT)
    for key in left_out:
        del placeholder[key]
    steps.send(SigObjSetup(placeholder))
    _, out = steps.send(SigIOSetup(md_algorithm="sha256", in_place=False))
    written: bytes = out.getvalue()
    found = list(_HOLE.finditer(written))[-1]
    start, end, rest = map(int, found.groups())
    container = make(written[:start] + written[end : end + rest])
    hole = (spell or spell_upper)(container, end - start)
    assert len(hole) == end - start
    return written[:start] + hole + written[end:]


def spell_upper(container: bytes, size: int) -> bytes:
    return b"<" + container.hex().upper().encode().ljust(size - 2, b"0") + b">"


def spell_mixed(container: bytes, size: int) -> bytes:
    """Upper and lower case by turns, as no honest program does but the standard allows."""
    digits = container.hex()
    mixed = "".join(c.upper() if i % 2 else c for i, c in enumerate(digits))
    return b"<" + mixed.encode().ljust(size - 2, b"0") + b">"


def spell_spaced(container: bytes, size: int) -> bytes:
    """Line breaks among the digits and white space around the string."""
    digits = container.hex().encode().ljust((size - 40) // 2 * 2, b"0")
    lines = digits[:64] + b"\n" + digits[64:128] + b"\r\n" + digits[128:]
    return (b" \n<" + lines + b">").ljust(size)


def openssl_cms(
    *options: str, kind: str = "rsa", issuers: bool = True, carried: Sequence[Party] = ()
) -> Callable[[bytes], bytes]:
    """A maker of containers: ``openssl cms -sign`` with these options."""
    party = foreign_pki().signers[kind]

    def make(covered: bytes) -> bytes:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            certificate, key = party.files(folder)
            others = [*(party.issuers if issuers else ()), *(each.certificate for each in carried)]
            chain = folder / "chain.pem"
            chain.write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in others))
            command = [
                *(str(require_tool("openssl")), "cms", "-sign", "-binary", "-outform", "DER"),
                *("-signer", str(certificate), "-inkey", str(key)),
                *(("-certfile", str(chain)) if others else ()),
                *options,
            ]
            finished = subprocess.run(  # noqa: S603  # our own arguments
                command, input=covered, capture_output=True, check=True
            )
        return finished.stdout

    return make
