"""Seals of other products are judged by what they are, not by how they are spelled."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from io import BytesIO

import pikepdf
import pytest
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

from signing.report import Level, Outcome, SubIndication, ValidationReport, Verdict
from signing.trust import TrustStore
from signing.validation import validate_document
from tests.support import foreign_containers as containers
from tests.support import foreign_updates as updates
from tests.support.foreign_pki import foreign_pki
from tests.support.foreign_seals import (
    Wishes,
    blank_document,
    openssl_cms,
    sign,
    sign_by,
    spell_mixed,
    spell_spaced,
)
from tests.support.seals import sample_document

_BOX = (10, 10, 90, 60)
_ARCHIVED = Wishes(timestamped=True, long_term=True, archival=True)
_SECOND = Wishes(field="Second", kind="rsa")


def _judge(document: bytes, trust: TrustStore | None = None) -> ValidationReport:
    now = datetime.fromtimestamp(time.time() + 60, UTC)
    return validate_document(document, trust=trust or foreign_pki().trust, at=now)


@dataclass(frozen=True, kw_only=True)
class _Case:
    make: Callable[[], bytes]
    codes: dict[str, str] = field(default_factory=dict)
    """Check of the first seal: last part of its code."""
    why: SubIndication | None = None
    """Why it is not passed."""


def _by_openssl(*options: str, edits: tuple[containers.Edit, ...] = ()) -> Callable[[], bytes]:
    return lambda: sign_by(blank_document(), containers.edited(openssl_cms(*options), *edits))


def _in_ber() -> bytes:
    chance = random.Random(7)  # noqa: S311  # the same spelling every time
    return sign_by(blank_document(), lambda c: containers.in_ber(openssl_cms()(c), chance))


def _encrypted(user: str) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(blank_document())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    return out.getvalue()


def _linearised() -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(blank_document(streams=True, pages=4))) as pdf:
        pdf.save(out, linearize=True)
    return out.getvalue()


def _other_form(name: bytes) -> Callable[[], bytes]:
    def make() -> bytes:
        document = sign(blank_document(), Wishes(pades=False))
        return document.replace(b"/adbe.pkcs7.detached", name.ljust(20))

    return make


def _signed(wishes: Wishes, document: Callable[[], bytes] = blank_document) -> Callable[[], bytes]:
    return lambda: sign(document(), wishes)


_PASSED = {
    "pades-rsa": _Case(make=_signed(Wishes(kind="rsa"))),
    "pades-p256": _Case(make=_signed(Wishes(kind="p256"))),
    "pades-p384": _Case(make=_signed(Wishes(kind="p384"))),
    "pades-brainpool": _Case(make=_signed(Wishes(kind="brainpool"))),
    "pades-ed25519": _Case(make=_signed(Wishes(kind="ed25519"))),
    "pkcs7": _Case(make=_signed(Wishes(pades=False))),
    "pkcs7-with-adobe-revocation": _Case(
        make=_signed(Wishes(pades=False, long_term=True, timestamped=True)),
        codes={"timestamp": "passed"},
    ),
    "visible": _Case(make=_signed(Wishes(rectangle=_BOX))),
    "timestamped": _Case(make=_signed(Wishes(timestamped=True)), codes={"timestamp": "passed"}),
    "long-term": _Case(
        make=_signed(Wishes(timestamped=True, long_term=True)), codes={"whole-file": "archival"}
    ),
    "archived": _Case(make=_signed(_ARCHIVED), codes={"whole-file": "archival"}),
    "archived-streams": _Case(
        make=lambda: sign(blank_document(streams=True), _ARCHIVED),
        codes={"whole-file": "archival", "one-revision": "archival"},
    ),
    "archived-certification": _Case(
        make=_signed(
            Wishes(timestamped=True, long_term=True, archival=True, permission=MDPPerm.NO_CHANGES)
        ),
        codes={"whole-file": "archival", "certification": "passed"},
    ),
    "certified-for-signing": _Case(
        make=_signed(Wishes(permission=MDPPerm.FILL_FORMS)),
        codes={"certification": "changes-permitted"},
    ),
    "certified-then-signed": _Case(
        make=lambda: sign(sign(blank_document(), Wishes(permission=MDPPerm.FILL_FORMS)), _SECOND),
        codes={"whole-file": "signed-again", "one-revision": "signed-again"},
    ),
    "signed-twice": _Case(
        make=lambda: sign(sign(blank_document()), _SECOND), codes={"whole-file": "signed-again"}
    ),
    "signed-twice-streams": _Case(
        make=lambda: sign(sign(blank_document(streams=True)), _SECOND),
        codes={"whole-file": "signed-again"},
    ),
    "signed-twice-tagged": _Case(
        make=lambda: sign(sign(sample_document()), _SECOND), codes={"whole-file": "signed-again"}
    ),
    "linearised": _Case(make=lambda: sign(_linearised())),
    "encrypted-without-password": _Case(make=lambda: sign(_encrypted(""))),
    "encrypted-signed-twice": _Case(
        make=lambda: sign(sign(_encrypted("")), _SECOND), codes={"whole-file": "signed-again"}
    ),
    "a-form": _Case(make=lambda: sign(updates.form_document())),
    "carries-the-root": _Case(
        make=_signed(
            Wishes(
                carried=[
                    *foreign_pki().signers["p256"].issuers,
                    foreign_pki().root.certificate,
                    foreign_pki().signers["rsa"].certificate,
                ]
            )
        )
    ),
    "openssl": _Case(make=_by_openssl(), codes={"signer-binding": "absent"}),
    "openssl-cades": _Case(
        make=lambda: sign_by(
            blank_document(), openssl_cms("-cades"), sub_filter=SigSeedSubFilter.PADES
        ),
        codes={"signer-binding": "passed"},
    ),
    "ber": _Case(make=_in_ber),
    "subject-key-identifier": _Case(make=_by_openssl("-keyid")),
    "without-attributes": _Case(make=_by_openssl("-noattr"), codes={"digest": "direct"}),
    "pss": _Case(make=_by_openssl("-keyopt", "rsa_padding_mode:pss")),
    "sha512": _Case(make=_by_openssl("-md", "sha512")),
    "sha3": _Case(make=_by_openssl("-md", "sha3-256")),
    "several-digest-algorithms": _Case(
        make=_by_openssl(edits=(containers.more_digest_algorithms,))
    ),
    "digest-parameters-absent": _Case(
        make=_by_openssl(edits=(containers.digest_without_parameters,))
    ),
    "unknown-unsigned-attribute": _Case(make=_by_openssl(edits=(containers.unknown_attribute,))),
    "certificate-of-another-kind": _Case(
        make=_by_openssl(edits=(containers.attribute_certificate,))
    ),
    "mixed-case": _Case(make=lambda: sign_by(blank_document(), openssl_cms(), spell=spell_mixed)),
}

_UNDECIDED = {
    "further-visible-signature": _Case(
        make=lambda: sign(sign(blank_document()), Wishes(field="B", rectangle=_BOX)),
        codes={"whole-file": "signed-visibly", "one-revision": "changed-later"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "form-filled": _Case(
        make=lambda: updates.form_filled(sign(updates.form_document())),
        codes={"whole-file": "form-filled"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "fonts-of-the-form": _Case(
        make=lambda: updates.fonts_of_the_form_changed(sign(updates.form_document())),
        codes={"whole-file": "changed"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "white-space-about-the-container": _Case(
        make=lambda: sign_by(blank_document(), openssl_cms(), spell=spell_spaced),
        codes={"whole-file": "white-space", "digest": "passed", "signature": "passed"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "issuers-unknown": _Case(
        make=_signed(Wishes(carried=())),
        codes={"certificate-chain": "untrusted"},
        why=SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
    ),
    "signer-unknown": _Case(
        make=lambda: sign_by(blank_document(), openssl_cms("-nocerts", issuers=False)),
        codes={"container": "no-certificate"},
        why=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "pades-without-binding": _Case(
        make=lambda: sign_by(blank_document(), openssl_cms(), sub_filter=SigSeedSubFilter.PADES),
        codes={"signer-binding": "missing"},
        why=SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
    ),
    "sha1": _Case(
        make=_by_openssl("-md", "sha1"),
        codes={"algorithms": "weak", "digest": "passed", "signature": "passed"},
        why=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "unknown-algorithm": _Case(
        make=_by_openssl(edits=(containers.unknown_digest,)),
        codes={"algorithms": "unknown", "digest": "not-reached", "signature": "not-reached"},
        why=SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
    ),
    "two-signers": _Case(
        make=_by_openssl(edits=(containers.two_signers,)),
        codes={"container": "signer-count", "digest": "not-reached"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "no-signer": _Case(
        make=_by_openssl(edits=(containers.no_signer,)),
        codes={"container": "signer-count"},
        why=SubIndication.SIG_CONSTRAINTS_FAILURE,
    ),
    "pkcs7-sha1-form": _Case(
        make=_other_form(b"/adbe.pkcs7.sha1"),
        codes={"container": "sub-filter"},
        why=SubIndication.GENERIC,
    ),
    "pkcs1-form": _Case(
        make=_other_form(b"/adbe.x509.rsa_sha1"),
        codes={"container": "sub-filter"},
        why=SubIndication.GENERIC,
    ),
    "password": _Case(
        make=lambda: _encrypted("secret"),
        codes={"file-structure": "encrypted"},
        why=SubIndication.SIGNED_DATA_NOT_FOUND,
    ),
}

_FAILED = {
    "content-inside": _Case(  # ISO 32000-2 12.8.3.3: detached
        make=_by_openssl("-nodetach"),
        codes={"container": "content"},
        why=SubIndication.FORMAT_FAILURE,
    ),
    "wrong-value": _Case(
        make=_by_openssl(edits=(containers.wrong_value,)),
        codes={"signature": "wrong"},
        why=SubIndication.SIG_CRYPTO_FAILURE,
    ),
    "changed-content": _Case(
        make=lambda: sign(blank_document()).replace(b"/MediaBox [ 0 0 300", b"/MediaBox [ 0 0 100"),
        codes={"digest": "changed"},
        why=SubIndication.HASH_FAILURE,
    ),
    "form-filled-though-forbidden": _Case(
        make=lambda: updates.form_filled(
            sign(updates.form_document(), Wishes(permission=MDPPerm.NO_CHANGES))
        ),
        codes={"whole-file": "forbidden"},
        why=SubIndication.FORMAT_FAILURE,
    ),
}
_ALL = {
    **{name: (case, Verdict.TOTAL_PASSED) for name, case in _PASSED.items()},
    **{name: (case, Verdict.INDETERMINATE) for name, case in _UNDECIDED.items()},
    **{name: (case, Verdict.TOTAL_FAILED) for name, case in _FAILED.items()},
}


@pytest.mark.parametrize("name", _ALL)
def test_the_verdict(name: str) -> None:
    case, verdict = _ALL[name]
    report = _judge(case.make())
    assert (report.verdict, report.sub_indication) == (verdict, case.why)
    found = {check: report.check(check).code.rpartition(".")[2] for check in case.codes}
    assert found == case.codes


def test_a_certificate_that_is_not_carried_may_be_in_the_trust_store() -> None:
    pki = foreign_pki()
    signer = pki.signers["rsa"]
    document = sign_by(blank_document(), openssl_cms("-nocerts", issuers=False))
    known = (signer.certificate, *signer.issuers)
    store = TrustStore(roots=pki.trust.roots, intermediates=known)
    report = _judge(document, store)
    assert report.verdict is Verdict.TOTAL_PASSED
    assert report.check("container").evidence["signer_from"] == "trust store"


def test_what_nothing_protects_is_named_in_the_evidence() -> None:
    edits = (containers.unknown_attribute, containers.attribute_certificate)
    evidence = _judge(_by_openssl(edits=edits)()).check("container").evidence
    assert evidence["unprotected_attributes"] == 1
    assert evidence["other_certificates"] == 1
    assert _judge(_in_ber()).check("container").evidence["encoding"] == "BER"


def test_a_step_that_was_not_done_is_not_passed() -> None:
    report = _judge(_by_openssl("-noattr")())
    assert report.check("digest").outcome is Outcome.NOT_CHECKED
    assert report.check("signer-binding").outcome is Outcome.NOT_CHECKED
    assert report.check("certification").outcome is Outcome.NOT_CHECKED
    assert report.seals[0].level is None


def test_the_level_of_a_foreign_seal() -> None:
    assert _judge(sign(blank_document())).seals[0].level is Level.B_B
    assert _judge(sign(blank_document(), Wishes(timestamped=True))).seals[0].level is Level.B_T


@cache
def _to_be_changed(kind: str) -> bytes:
    earlier = updates.content_drafted(blank_document(streams=kind == "streams"))
    wishes = {
        "approval": Wishes(),
        "streams": Wishes(),
        "certification": Wishes(permission=MDPPerm.NO_CHANGES),
        "archived": _ARCHIVED,
    }
    return sign(earlier, wishes[kind])


@pytest.mark.parametrize("kind", ["approval", "streams", "certification", "archived"])
@pytest.mark.parametrize("change", updates.CHANGES, ids=lambda change: change.__name__)
def test_no_change_after_signing_is_accepted(change: updates.Update, kind: str) -> None:
    document = _to_be_changed(kind)
    report = _judge(change(document))
    if (kind, change) in _HARMLESS:
        assert report.verdict is Verdict.TOTAL_PASSED
        return
    certified = kind == "certification"
    verdict = Verdict.TOTAL_FAILED if certified else Verdict.INDETERMINATE
    assert report.verdict is verdict
    reason = "forbidden" if certified else "changed"
    assert report.check("whole-file").code == f"validation.whole-file.{reason}"
    assert report.check("digest").outcome is Outcome.PASSED


# After an archive's own addition a revision without any change adds nothing.
_HARMLESS = {("archived", updates.empty_update)}


def test_an_archived_file_may_be_archived_again_but_not_changed_in_between() -> None:
    document = updates.page_replaced(sign(blank_document()))
    later = sign(document, Wishes(field="B", timestamped=True, long_term=True, archival=True))
    report = _judge(later)
    assert report.check("whole-file").code == "validation.whole-file.changed"
    assert report.verdict is Verdict.INDETERMINATE
