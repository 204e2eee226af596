"""A defect of ours in any step is no verdict about the file: undecided, told and logged."""

import json
import logging
from functools import cache

import pikepdf
import pytest
from asn1crypto import keys, x509
from cryptography.x509 import load_der_x509_certificate

from certsvc.verification.authenticity.rules import AuthenticityAnswer, judge
from signing import validation
from signing.checklist import StepFailedError, parsing
from signing.cms import cms_reader, names, signature_checks, signer_keys
from signing.defects import DefectError, log_defect
from signing.judging import (
    archive_checks,
    seal_validation,
    status_checks,
    timestamp_checks,
)
from signing.levels import Level
from signing.parser_errors import UnreadableError, ask_for, ask_parser
from signing.reading import (
    bounded_reading,
    difference_policy,
    document_facts,
    later_revisions,
    reading_server,
    shown_content,
)
from signing.report import Outcome, SubIndication, Verdict
from tests.support.faults import fault, in_place_of
from tests.support.seals import sealed_document, validate

_WORDS = "words of the document"
_ERRORS = (RuntimeError, AttributeError, KeyError, ValueError, TypeError, IndexError)

# Step, and a function of ours that it needs: module and name.
_STEPS: tuple[tuple[str, object, str], ...] = (
    ("file-structure", validation, "_check_size"),
    ("file-structure", validation, "read_layout"),
    ("file-structure", validation, "find_whole_ends"),
    ("file-structure", validation, "read_facts"),
    ("file-structure", document_facts, "read_signatures"),
    ("file-structure", document_facts, "read_store"),
    ("file-structure", document_facts, "_compared"),
    ("one-revision", validation._DocumentValidation, "_one_revision"),
    ("nothing-active", validation, "_check_nothing_active"),
    ("seal-present", validation, "_check_seal_present"),
    ("archive-timestamps", validation, "check_archive_timestamps"),
    ("archive-timestamps", archive_checks, "check_timestamp"),
    ("archive-timestamps", archive_checks, "cut_container"),
    ("container", seal_validation, "find_hole"),
    ("container", seal_validation, "parse_cms"),
    ("container", seal_validation, "describe_certificate"),
    ("container", seal_validation.SealValidation, "_level"),
    ("whole-file", seal_validation, "check_whole_file"),
    ("algorithms", seal_validation, "check_algorithms"),
    ("digest", seal_validation, "check_digest"),
    ("digest", seal_validation, "is_familiar"),
    ("signature", seal_validation, "check_signature"),
    ("signer-binding", seal_validation, "check_binding"),
    ("certification", seal_validation.SealValidation, "_check_certification"),
    ("timestamp", seal_validation, "check_timestamp"),
    ("timestamp", seal_validation, "check_order"),
    ("timestamp", timestamp_checks, "parse_cms"),
    ("timestamp", timestamp_checks, "check_signature"),
    ("timestamp", timestamp_checks, "_check_imprint"),
    ("certificate-chain", seal_validation, "find_path"),
    ("key-usage", seal_validation, "_check_usage"),
    ("revocation", seal_validation, "check_status_then"),
    ("revocation-now", seal_validation, "find_revocation"),
    ("long-term-material", seal_validation.SealValidation, "_check_material"),
)

# The same, of functions that are called where a library's exceptions are the file's fault.
_GUARDED: tuple[tuple[str, object, str], ...] = (
    ("container", cms_reader, "_read_signer"),
    ("digest", signature_checks, "_signed_attribute"),
    ("digest", signature_checks, "_values"),
    ("signature", signature_checks, "_values"),
    ("signer-binding", signature_checks, "_is_issued_as"),
    ("revocation", status_checks, "to_x509"),
)


@cache
def _document() -> bytes:
    return sealed_document(level=Level.B_LTA)


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: error.__name__)
@pytest.mark.parametrize(
    ("step", "place", "name"),
    [*_STEPS, *_GUARDED],
    ids=[f"{step}: {name}" for step, _, name in (*_STEPS, *_GUARDED)],
)
def test_a_defect_in_a_step(
    step: str,
    place: object,
    name: str,
    error: type[Exception],
    caplog: pytest.LogCaptureFixture,
) -> None:
    document = _document()
    with fault(place, name, error(_WORDS)):
        report = validate(document)
    broken = [check for check in report.checks if check.code == "validation.defect"]
    assert step in {check.name for check in broken}
    assert {check.outcome for check in broken} == {Outcome.NOT_CHECKED}
    assert (report.verdict, report.sub_indication) == (
        Verdict.INDETERMINATE,
        SubIndication.GENERIC,
    )
    assert not [check for check in report.checks if check.outcome is Outcome.FAILED]
    logged = [record.getMessage() for record in caplog.records]
    assert any(f"validation step {step}: {error.__name__} at " in line for line in logged)
    assert _WORDS not in caplog.text
    assert all(record.levelno == logging.ERROR for record in caplog.records)


@pytest.mark.parametrize(
    ("place", "name"),
    [
        (validation._DocumentValidation, "run"),
        (validation._DocumentValidation, "_archive_timestamps"),
        (seal_validation.SealValidation, "run"),
        (seal_validation.SealValidation, "report"),
        (validation.ValidationContext, "about"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_defect_between_two_steps(
    place: object, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    with fault(place, name, AttributeError(_WORDS)):
        report = validate(_document())
    assert (report.verdict, report.sub_indication) == (
        Verdict.INDETERMINATE,
        SubIndication.GENERIC,
    )
    assert report.check("file-structure").code == "validation.defect"
    assert judge(report, ()) is AuthenticityAnswer.UNDECIDED
    assert "AttributeError at " in caplog.text
    assert _WORDS not in caplog.text


@pytest.mark.parametrize(
    "name", ["read_signatures", "read_store", "find_active_content", "_compare", "_facts"]
)
def test_a_defect_in_the_reading_process(name: str, caplog: pytest.LogCaptureFixture) -> None:
    document = _document() + b"\n"  # no plain file, so it is read there
    with (
        in_place_of(bounded_reading, "_ask", reading_server._answer),
        fault(document_facts, name, KeyError(_WORDS)),
    ):
        report = validate(document)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("file-structure").code == "validation.defect"
    assert not [check for check in report.checks if check.outcome is Outcome.FAILED]
    assert "file-structure: reading process: KeyError at " in caplog.text
    assert _WORDS not in caplog.text


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: error.__name__)
def test_an_error_is_the_files_fault_only_within_a_library(error: type[Exception]) -> None:
    name = x509.Name.build({"common_name": "A"})
    key = keys.PublicKeyInfo.wrap(keys.RSAPublicKey({"modulus": 77, "public_exponent": 3}), "rsa")
    with fault(names, "_spelling", error(_WORDS)), pytest.raises(error):
        names.comparable_name(name)
    with fault(signer_keys, "_read_rsa", error(_WORDS)), pytest.raises(error):
        signer_keys._read(key.dump())
    with pytest.raises(StepFailedError), parsing():
        x509.Name.build(None)
    with pytest.raises(StepFailedError), parsing():
        raise UnreadableError
    with fault(names, "_spelling", error(_WORDS)), pytest.raises(error), parsing():
        ask_parser(names._spelling, name)


def test_what_a_library_without_lines_of_python_raises_is_the_files_fault() -> None:
    for ask in (
        lambda: ask_parser(load_der_x509_certificate, b"\x30\x00"),
        lambda: ask_parser(json.loads, "{"),
        lambda: ask_for(object(), "missing"),
    ):
        with pytest.raises(UnreadableError):
            ask()


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: error.__name__)
@pytest.mark.parametrize(
    ("place", "name"),
    [
        (later_revisions, "_read_signatures"),
        (later_revisions, "_locked_fields"),
        (difference_policy._UnlistedStreamRule, "apply"),
    ],
    ids=["_read_signatures", "_locked_fields", "apply"],
)
def test_a_defect_where_pyhanko_is_asked(
    place: object, name: str, error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    document = _document() + b"\n"
    with (
        in_place_of(bounded_reading, "_ask", reading_server._answer),
        fault(place, name, error(_WORDS)),
    ):
        report = validate(document)
    assert report.verdict is Verdict.INDETERMINATE
    assert report.check("file-structure").code == "validation.defect"
    assert f"file-structure: reading process: {error.__name__} at " in caplog.text


@pytest.mark.parametrize("error", _ERRORS, ids=lambda error: error.__name__)
def test_a_defect_where_metadata_are_compared(error: type[Exception]) -> None:
    with pikepdf.new() as before, pikepdf.new() as after:
        before.Root.Metadata, after.Root.Metadata = before.make_stream(b"1"), after.make_stream(b"")
        assert not shown_content.shows_the_same(before, after)  # neither is XML
        with fault(shown_content, "_metadata", error(_WORDS)), pytest.raises(error):
            shown_content.shows_the_same(before, after)


def test_what_the_reading_process_says_is_logged_as_one_harmless_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = reading_server.DEFECT + b"X\r\nERROR forged\x1b[2J" + b"y" * 5000
    with pytest.raises(DefectError) as raised:
        bounded_reading._decode(answer)
    log_defect("file-structure", raised.value)
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.isprintable()
    assert len(line) < 1200


def test_the_answer_for_people_is_undecided() -> None:
    for place, name in ((validation, "_check_size"), (validation, "_check_seal_present")):
        with fault(place, name, RuntimeError(_WORDS)):
            report = validate(_document())
        assert judge(report, ()) is AuthenticityAnswer.UNDECIDED


def test_every_step_is_tried() -> None:
    names = {check.name for check in validate(_document()).checks}
    assert names == {step for step, _, _ in _STEPS}
