"""Every way a step of the validator can end has a sentence, though steps share their parts."""

import inspect
import re

import pytest

from certsvc.foundation.messages.catalogue import load_catalogue
from signing import validation
from signing.cms import cms_reader, foreign_cms, signature_checks, signer_keys
from signing.judging import (
    archive_checks,
    certificate_paths,
    coverage_checks,
    seal_validation,
    status_checks,
    timestamp_checks,
)
from signing.reading.additions import Later

_REASON = re.compile(
    r"(?:StepFailedError|StepNotPossibleError|StepUnfinishedError|_bad|_unfamiliar|_unbound|parsing"
    r'|Finding|Error,)\(?\s*(?:reason=)?"([a-z0-9-]+)"'
)

_COVERAGE = (coverage_checks.check_whole_file,)
_HOLE = (coverage_checks.find_hole, coverage_checks.cut_container)
_PATHS = (certificate_paths,)
_TOKEN = (timestamp_checks, *_PATHS)
_SHARED: dict[str, tuple[object, ...]] = {
    "container": (*_HOLE, cms_reader, foreign_cms, seal_validation.SealValidation._read_container),
    "whole-file": _COVERAGE,
    "digest": (signature_checks.check_digest, signature_checks._signed_attribute),
    "signature": (
        signature_checks.check_signature,
        signature_checks._verifies,
        signature_checks._check_protection,
        signature_checks._check_content_type,
        signer_keys,
    ),
    "signer-binding": (signature_checks.check_binding,),
    "file-structure": (
        validation._DocumentValidation._read,
        validation._check_size,
        validation._what_else,
    ),
    "algorithms": (
        signature_checks.check_algorithms,
        signature_checks._are_parameters_sound,
        signer_keys,
    ),
    "certificate-chain": _PATHS,
    "key-usage": (seal_validation._check_usage,),
    "revocation": (status_checks,),
    "timestamp": _TOKEN,
    "archive-timestamps": (
        *_TOKEN,
        *_HOLE,
        *_COVERAGE,
        archive_checks,
        foreign_cms.cut_foreign_container,
    ),
    "seal-present": (validation._check_seal_present,),
}
_NEVER = {"archive-timestamps": {"order"}}  # nobody claims a time there
_FOUND = {Later.NOTHING, Later.ARCHIVAL, Later.SIGNED}  # are passed


def _reasons(step: str) -> set[str]:
    sources = [inspect.getsource(part) for part in _SHARED[step]]  # type: ignore[arg-type]
    found = {reason for source in sources for reason in _REASON.findall(source)}
    if any("str(later)" in source for source in sources):
        found |= {str(later) for later in set(Later) - _FOUND}
    return found - _NEVER.get(step, set())


@pytest.mark.parametrize("step", _SHARED)
def test_every_end_of_a_step_has_a_sentence(step: str) -> None:
    reasons = _reasons(step)
    assert reasons
    codes = {f"validation.{step}.{reason}" for reason in reasons}
    assert sorted(code for code in codes if code not in load_catalogue()) == []
