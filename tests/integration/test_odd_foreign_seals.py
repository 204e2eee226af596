"""Genuine signatures that are odd: what is odd is said, what is signed is judged."""

import re
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.fields import SigSeedSubFilter

from signing.cms import der
from signing.report import Outcome, SubIndication, ValidationReport, Verdict
from signing.validation import validate_document
from tests.attacks.bombs import plain
from tests.support import odd_containers as odd
from tests.support.foreign_pki import TODAY, foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, sign, sign_by
from tests.support.tools import require_tool

_FIELDS = 1_100


def _judge(document: bytes) -> ValidationReport:
    return validate_document(document, trust=foreign_pki().trust, at=TODAY)


@dataclass(frozen=True, kw_only=True)
class _Case:
    make: Callable[[], bytes]
    codes: dict[str, str] = field(default_factory=dict)
    """Step: last part of its code."""
    why: SubIndication | None = None
    """Why it is not passed."""


def _by(make: odd.Maker, sub_filter: SigSeedSubFilter | None = None) -> Callable[[], bytes]:
    form = sub_filter or SigSeedSubFilter.ADOBE_PKCS7_DETACHED
    return lambda: sign_by(blank_document(), make, sub_filter=form)


def _encrypted(encryption: pikepdf.Encryption) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(blank_document())) as pdf:
        pdf.save(out, encryption=encryption)
    return out.getvalue()


def _untyped_in_encrypted(revision: int) -> Callable[[], bytes]:
    def make() -> bytes:
        encryption = pikepdf.Encryption(
            owner="owner", user="", R=revision, aes=revision > 3, metadata=revision > 3
        )
        return sign_by(_encrypted(encryption), odd.container(), left_out=("/Type",))

    return make


def _many_fields() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(blank_document())) as pdf:
        fields = [
            pdf.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Tx, T=f"t{number}"))
            for number in range(_FIELDS)
        ]
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array(fields))
        pdf.save(out)
    return sign(out.getvalue(), Wishes(kind="p256"))


def _aes_gcm() -> bytes:
    """Encrypted as ISO/TS 32003 has it."""
    words = b"<" + b"00" * 48 + b">"
    encrypt = (
        b"/Encrypt << /Filter /Standard /V 6 /R 7 /Length 256 /P -4 /StmF /StdCF /StrF /StdCF"
        b" /CF << /StdCF << /CFM /AESV4 /AuthEvent /DocOpen /Length 32 >> >>"
        b" /O %b /U %b /OE <%b> /UE <%b> /Perms <%b> >> /ID [ <00> <00> ] "
        % (words, words, b"00" * 32, b"00" * 32, b"00" * 16)
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [ 0 0 9 9 ] /Resources << >> >>"
    pages = b"<< /Type /Pages /Count 1 /Kids [ 3 0 R ] >>"
    return plain(b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, trailer=encrypt)


_LONG_INTEGER = odd.attribute(b"\x02\x02\x00\x01")
_HIGH_TAG = odd.attribute(b"\x1f\x81\x01\x00")
_CASES = {
    "as the rules have it": _Case(make=_by(odd.container())),
    "negative modulus": _Case(
        make=_by(odd.container(certificate=odd.with_negative_modulus())),
        codes={"signature": "negative-modulus", "algorithms": "passed"},
    ),
    "needless zero in an unsigned INTEGER": _Case(
        make=_by(odd.container(unsigned=(_LONG_INTEGER,))), codes={"container": "passed"}
    ),
    "needless zero in a signed INTEGER": _Case(make=_by(odd.container(extra=(_LONG_INTEGER,)))),
    "unsigned TRUE of 1": _Case(
        make=_by(odd.container(unsigned=(odd.attribute(b"\x01\x01\x01"),)))
    ),
    "unsigned tag above 30": _Case(make=_by(odd.container(unsigned=(_HIGH_TAG,)))),
    "unsigned attribute that is none": _Case(make=_by(odd.container(unsigned=(der.integer(1),)))),
    "unreadable name": _Case(
        make=_by(odd.container(certificate=odd.with_unreadable_name())),
        codes={"container": "odd-name", "certificate-chain": "passed"},
    ),
    "attributes out of order, signed as written": _Case(
        make=_by(odd.container(order="written")), codes={"signature": "unordered"}
    ),
    "attributes out of order, signed in order": _Case(
        make=_by(odd.container(order="sorted")), codes={"signature": "unordered"}
    ),
    "encrypted, without /Type, RC4": _Case(make=_untyped_in_encrypted(3)),
    "encrypted, without /Type, AES-128": _Case(make=_untyped_in_encrypted(4)),
    "encrypted, without /Type, AES-256": _Case(make=_untyped_in_encrypted(6)),
    "field after the thousandth": _Case(make=_many_fields, codes={"seal-present": "passed"}),
    "another certificate is named": _Case(
        make=_by(odd.container(named=odd.same_but_signed_anew()), SigSeedSubFilter.PADES),
        codes={"signature": "passed", "digest": "passed", "signer-binding": "substituted"},
        why=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "AES-GCM": _Case(
        make=_aes_gcm,
        codes={"file-structure": "unsupported-encryption"},
        why=SubIndication.GENERIC,
    ),
}


@pytest.mark.parametrize("name", _CASES)
def test_the_verdict(name: str) -> None:
    case = _CASES[name]
    report = _judge(case.make())
    verdict = Verdict.INDETERMINATE if case.why else Verdict.TOTAL_PASSED
    codes = [check.code for check in report.checks if check.outcome is not Outcome.PASSED]
    assert (report.verdict, report.sub_indication) == (verdict, case.why), codes
    found = {check: report.check(check).code.rpartition(".")[2] for check in case.codes}
    assert found == case.codes


# It does not parse needless zeros and wrong characters; other validators do.
_JUDGED_BY_OPENSSL = {
    "plain": odd.container(),
    "negative modulus": odd.container(certificate=odd.with_negative_modulus()),
    "unordered": odd.container(order="written"),
}


@pytest.mark.parametrize("name", _JUDGED_BY_OPENSSL)
def test_openssl_calls_it_intact_too(name: str, tmp_path: Path) -> None:
    content, signature = tmp_path / "content", tmp_path / "signature"
    content.write_bytes(b"content")
    signature.write_bytes(_JUDGED_BY_OPENSSL[name](b"content"))
    command = [
        *(str(require_tool("openssl")), "cms", "-verify", "-noverify", "-binary"),
        *("-inform", "DER", "-in", str(signature), "-content", str(content)),
    ]
    finished = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    assert finished.returncode == 0, finished.stderr


@cache
def _unordered() -> bytes:
    return _CASES["attributes out of order, signed in order"].make()


def test_what_is_odd_is_still_judged() -> None:
    changed = re.sub(rb"/MediaBox \[ 0 0 300", b"/MediaBox [ 0 0 100", _unordered())
    assert changed != _unordered()
    report = _judge(changed)
    assert (report.verdict, report.sub_indication) == (
        Verdict.TOTAL_FAILED,
        SubIndication.HASH_FAILURE,
    )


def test_a_name_that_cannot_be_read_is_shown_as_far_as_it_can() -> None:
    (seal,) = _judge(_CASES["unreadable name"].make()).seals
    assert seal.signer_name.startswith("Foreign")
    assert seal.signer_name.isprintable()


def test_the_certificates_are_what_they_are_said_to_be() -> None:
    party = foreign_pki().signers["rsa"]
    assert odd.same_but_signed_anew() != party.certificate.public_bytes(Encoding.DER)
