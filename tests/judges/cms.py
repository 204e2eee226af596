"""Judge the CMS of a PDF signature, and its time-stamp token, with OpenSSL."""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from asn1crypto import cms as asn1_cms

from tests.judges.process import JudgeError, run

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


@dataclass(frozen=True, kw_only=True)
class SignedParts:
    """A signature cut out of a PDF by its byte range (ISO 32000-1, 12.8.1)."""

    content: bytes
    """The signed bytes."""
    cms: bytes
    """The DER of the CMS, without the padding of /Contents."""
    whole: bool
    """The range starts at byte 0 and ends at the end of the file."""


def cut_out_signatures(document: bytes) -> list[SignedParts]:
    """Return every signature and document time-stamp of a PDF, in the order of the file.

    Raises:
        JudgeError: There is none, or a range does not fit the file.
    """
    matches = list(_BYTE_RANGE.finditer(document))
    if not matches:
        raise JudgeError("no /ByteRange")
    return [_cut_out(document, *(int(number) for number in found.groups())) for found in matches]


def cut_out_signature(document: bytes) -> SignedParts:
    """Return the last signature of a PDF and the bytes it signs.

    Raises:
        JudgeError: There is no signature, or its range does not fit the file.
    """
    return cut_out_signatures(document)[-1]


def _cut_out(document: bytes, start: int, length: int, resume: int, rest: int) -> SignedParts:
    gap = document[start + length : resume]
    if gap[:1] != b"<" or gap[-1:] != b">" or resume + rest > len(document):
        raise JudgeError("the byte range does not surround /Contents")
    padded = bytes.fromhex(gap[1:-1].decode("ascii"))
    return SignedParts(
        content=document[start : start + length] + document[resume : resume + rest],
        cms=asn1_cms.ContentInfo.load(padded).dump(),
        whole=start == 0 and resume + rest == len(document),
    )


def judge_cms(path: Path, *, root_pem: bytes, index: int = -1) -> None:
    """Verify a signature of a PDF as CAdES (ETSI EN 319 122-1) up to the given root.

    Args:
        path: The file.
        root_pem: The one root to trust.
        index: Which one, in the order of the file; the last.

    Raises:
        JudgeError: OpenSSL refused it; the message is OpenSSL's.
    """
    parts = cut_out_signatures(path.read_bytes())[index]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "cms.der").write_bytes(parts.cms)
        (folder / "content").write_bytes(parts.content)
        (folder / "root.pem").write_bytes(root_pem)
        outcome = run(
            *("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER"),
            *("-in", "cms.der", "-content", "content", "-out", "/dev/null"),
            *("-CAfile", "root.pem", "-purpose", "any"),
            folder=folder,
        )
    if outcome.exit_code != 0 or "Verification successful" not in outcome.complaints:
        raise JudgeError(f"openssl cms: {outcome.complaints}")


def judge_timestamp(path: Path, *, root_pem: bytes) -> None:
    """Verify the signature time-stamp of a PDF's last signature (RFC 3161) up to the given root.

    Raises:
        JudgeError: There is no time-stamp, or OpenSSL refused it.
    """
    signer = _signer_info(cut_out_signature(path.read_bytes()).cms)
    _verify_token(_timestamp_token(signer), signer["signature"].native, root_pem)


def judge_archive_timestamp(path: Path, *, root_pem: bytes, index: int = -1) -> None:
    """Verify a document time-stamp of a PDF (RFC 3161) up to the given root.

    Args:
        path: The file.
        root_pem: The one root to trust.
        index: Which one, counted with the signatures in the order of the file; the last.

    Raises:
        JudgeError: It is none, or OpenSSL refused it.
    """
    parts = cut_out_signatures(path.read_bytes())[index]
    _verify_token(parts.cms, parts.content, root_pem)


def _verify_token(token: bytes, stamped: bytes, root_pem: bytes) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "token.der").write_bytes(token)
        (folder / "stamped").write_bytes(stamped)
        (folder / "root.pem").write_bytes(root_pem)
        outcome = run(
            *("openssl", "ts", "-verify", "-token_in", "-in", "token.der"),
            *("-data", "stamped", "-CAfile", "root.pem"),
            folder=folder,
        )
    if outcome.exit_code != 0 or "Verification: OK" not in outcome.output:
        raise JudgeError(f"openssl ts: {outcome.complaints}")


def _signer_info(cms: bytes) -> asn1_cms.SignerInfo:
    return asn1_cms.ContentInfo.load(cms)["content"]["signer_infos"][0]


def _timestamp_token(signer: asn1_cms.SignerInfo) -> bytes:
    for attribute in signer["unsigned_attrs"] or ():
        if attribute["type"].native == "signature_time_stamp_token":
            return bytes(attribute["values"][0].dump())
    raise JudgeError("the signature carries no time-stamp token")
