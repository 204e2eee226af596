"""A fault in any function of ours that a validation calls is no verdict about the file.

Which functions, and from which lines, is found by watching the validation of genuine seals; so
those count too that are called where a library's exceptions are the file's fault.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import cache
from itertools import cycle

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

import signing
from signing.checklist import DEFECT
from signing.levels import Level
from signing.reading import bounded_reading, reading_server
from signing.report import Outcome, ValidationReport, Verdict
from signing.revocation.statuses import RevocationProof
from signing.validation import validate_document
from tests.support import odd_containers as odd
from tests.support.faults import in_place_of
from tests.support.faults_everywhere import Call, calls_in, clear_caches, failing
from tests.support.foreign_pki import TODAY, foreign_pki
from tests.support.foreign_seals import Wishes, blank_document, openssl_cms, sign, sign_by
from tests.support.revocation_proofs import ResponseWish, make_response
from tests.support.seal_certificates import Issued, Wish, issue
from tests.support.seals import sealed_document, validate

_DAY = timedelta(days=1)
_LATER = TODAY + timedelta(hours=12)
"""Of the check: what is signed and stamped meanwhile, however long the tests take, is earlier."""
_WORDS = "words of the document"
_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, RuntimeError)

_REPORTING = {
    "signing.validation.validate_document",
    "signing.validation._defective",
    "signing.checklist.Checklist.__init__",
    "signing.checklist.Checklist.defect",
    "signing.checklist.Checklist._unfinished",
    "signing.checklist.Checklist.not_reached",
    "signing.checklist.Checklist.not_checked",
    "signing.checklist.Checklist._add",
}
"""By which a defect is told; where they fail, nothing is left to tell it with."""


@cache
def _foreign_document(make: Callable[[], bytes]) -> bytes:
    return make()


def _foreign(
    make: Callable[[], bytes], *proofs: Callable[[], RevocationProof]
) -> Callable[[], ValidationReport]:
    def judge() -> ValidationReport:
        return validate_document(
            _foreign_document(make),
            trust=foreign_pki().trust,
            at=_LATER,
            fresh_proofs=[proof() for proof in proofs],
        )

    return judge


def _by(make: Callable[[], odd.Maker]) -> Callable[[], bytes]:
    return lambda: sign_by(blank_document(), make())


def _archived() -> bytes:
    return sign(blank_document(), Wishes(timestamped=True, long_term=True, archival=True))


def _signed_twice() -> bytes:
    return sign(sign(blank_document()), Wishes(field="Signature2", kind="rsa"))


@cache
def _answered_by_issuer() -> RevocationProof:
    """Of the issuing authority, by the root."""
    root, upper = foreign_pki().root, foreign_pki().issuers[0].certificate
    wish = ResponseWish(this_update=TODAY, next_update=TODAY + _DAY)
    return make_response(upper, root.certificate, root.certificate, root.key, wish)


@cache
def _answered_by_responder() -> RevocationProof:
    """Of the signer, by a responder that its issuer certified."""
    lower, signer = foreign_pki().issuers[1], foreign_pki().signers["p256"].certificate
    assert isinstance(lower.key, ec.EllipticCurvePrivateKey)
    responder = issue(
        Wish(
            name="Responder",
            purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,),
            no_check=True,
            starts_at=TODAY - _DAY,
            ends_at=TODAY + _DAY,
        ),
        Issued(certificate=lower.certificate, private_key=lower.key),
    )
    wish = ResponseWish(
        this_update=TODAY, next_update=TODAY + _DAY, carried=(responder.certificate,)
    )
    certificate, key = responder.certificate, responder.private_key
    return make_response(signer, lower.certificate, certificate, key, wish)


_SUBJECTS: Mapping[str, Callable[[], ValidationReport]] = {
    "ours": lambda: validate(sealed_document(level=Level.B_LTA)),
    "ours, PSS": lambda: validate(sealed_document("rsa2048pss", Level.B_LT)),
    "ours, Ed25519": lambda: validate(sealed_document("ed25519")),
    "foreign, archived": _foreign(_archived),
    "foreign, signed twice": _foreign(_signed_twice),
    "OCSP responses": _foreign(
        lambda: sign(blank_document()), _answered_by_issuer, _answered_by_responder
    ),
    "a negative modulus": _foreign(
        _by(lambda: odd.container(certificate=odd.with_negative_modulus()))
    ),
    "an unreadable name": _foreign(
        _by(lambda: odd.container(certificate=odd.with_unreadable_name()))
    ),
    "no ordinary path": _foreign(lambda: sign(blank_document(), Wishes(kind="brainpool"))),
    "a key identifier": _foreign(_by(lambda: openssl_cms("-keyid"))),
}


@cache
def _calls() -> Mapping[str, dict[Call, bool]]:
    """Of each subject, the calls that no subject before it has, and whether a guard is around."""
    seen, found = dict[Call, bool](), {}
    with in_place_of(bounded_reading, "_ask", reading_server._answer):
        for name, subject in _SUBJECTS.items():
            assert subject().verdict is Verdict.TOTAL_PASSED
            calls = calls_in(subject, signing)
            found[name] = {
                call: is_guarded
                for call, is_guarded in calls.items()
                if call.name not in _REPORTING and (call not in seen or is_guarded > seen[call])
            }
            seen |= {
                call: is_guarded or seen.get(call, False) for call, is_guarded in calls.items()
            }
    return found


def _not_undecided(
    name: str, faults: Iterable[tuple[Call, type[Exception]]], caplog: pytest.LogCaptureFixture
) -> list[str]:
    """Of the faults, those that are not told as defects and nothing else."""
    wrong = []
    with in_place_of(bounded_reading, "_ask", reading_server._answer):
        for call, error in faults:
            clear_caches(signing)
            caplog.clear()
            with failing(call, error(_WORDS)) as fault:
                report = _SUBJECTS[name]()
            is_logged = f"{error.__name__} at " in caplog.text and _WORDS not in caplog.text
            if not (fault.raised and is_logged and _is_undecided(report)):
                wrong.append(f"{error.__name__} of {call.place}")
    clear_caches(signing)
    return wrong


def _is_undecided(report: ValidationReport) -> bool:
    codes = {check.code for check in report.checks}
    failed = [check for check in report.checks if check.outcome is Outcome.FAILED]
    return report.verdict is Verdict.INDETERMINATE and DEFECT in codes and not failed


@pytest.mark.parametrize("name", _SUBJECTS)
def test_a_fault_in_any_function(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Inside a guard each class of error, elsewhere one of them by turns."""
    turns = cycle(_ERRORS)
    faults = [
        (call, error)
        for call, is_guarded in _calls()[name].items()
        for error in (_ERRORS if is_guarded else (next(turns),))
    ]
    assert not _not_undecided(name, faults, caplog)


@pytest.mark.heavy("one class of error is tried always, and each of them inside a guard")
@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: error.__name__)
@pytest.mark.parametrize("name", _SUBJECTS)
def test_any_fault_in_any_function(
    name: str, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    assert not _not_undecided(name, [(call, error) for call in _calls()[name]], caplog)


def test_the_functions_that_run_inside_a_guard_are_among_them() -> None:
    calls = [item for found in _calls().values() for item in found.items()]
    names = {call.name for call, is_guarded in calls if is_guarded}
    assert names >= {
        "signing.cms.names._spelling",
        "signing.cms.names.is_same_name",
        "signing.cms.signer_keys._read_rsa",
        "signing.cms.der_reading.contents_inside",
        "signing.judging.certificate_paths._finish",
        "signing.revocation.statuses._read_list",
        "signing.revocation.ocsp_responses.read_ocsp_response",
    }
