"""Wycheproof-style vectors, on the function that verifies and through whole sealed files."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from keys.uri import open_key
from signing.cms.cms_reader import parse_cms
from signing.cms.signature_checks import check_algorithms, check_digest, check_signature
from signing.judging.coverage_checks import cut_container
from signing.report import Verdict
from tests.attacks.anatomy import container, with_container, with_room
from tests.attacks.resealing import Parts, covered_digest, resealed
from tests.support.seals import demonstration_pki, sealed_document, validate
from tests.support.vectors.ecdsa import ecdsa_vectors
from tests.support.vectors.ed25519 import ed25519_vectors
from tests.support.vectors.pss import pss_vectors
from tests.support.vectors.rsa import rsa_vectors
from tests.support.vectors.vector import Vector

_MAKERS: dict[str, Callable[[Any], Iterator[Vector]]] = {
    "p256": ecdsa_vectors,
    "p384": ecdsa_vectors,
    "rsa2048": rsa_vectors,
    "rsa3072": rsa_vectors,
    "rsa2048pss": pss_vectors,
    "rsa3072pss": pss_vectors,
    "ed25519": ed25519_vectors,
}
_MINIMUM = 30


@cache
def _vectors(slug: str) -> dict[str, Vector]:
    key = open_key(demonstration_pki().seals[slug].key_uri)
    vectors = list(_MAKERS[slug](key._key))  # type: ignore[attr-defined]  # a file key
    named = {vector.name: vector for vector in vectors}
    assert len(named) == len(vectors)
    return named


@cache
def _honest(slug: str) -> bytes:
    # No timestamp: it would tell every other signature value before the verification does.
    return resealed(with_room(sealed_document(slug), 8192), slug=slug, timestamped=False)


def _file(slug: str, vector: Vector) -> bytes:
    parts = Parts(_honest(slug))
    vector.change(parts)
    return with_container(_honest(slug), parts.assemble())


def _passes_the_function(document: bytes) -> bool:
    try:
        parsed = parse_cms(cut_container(container(document)), content_type="data")
        digest = covered_digest(document, parsed.digest_name)
        check_algorithms(parsed)
        check_digest(parsed, digest)
        check_signature(parsed, digest, content_type="data")
    except Exception:  # noqa: BLE001  # whatever it is, the step has failed (signing.checklist)
        return False
    return True


@pytest.mark.parametrize("slug", _MAKERS)
def test_the_function_judges_every_vector_rightly(slug: str) -> None:
    wrong = {
        name: vector.valid
        for name, vector in _vectors(slug).items()
        if _passes_the_function(_file(slug, vector)) != vector.valid
    }
    assert wrong == {}


@pytest.mark.parametrize("slug", _MAKERS)
def test_the_validator_judges_every_file_rightly(slug: str) -> None:
    wrong = {}
    for name, vector in _vectors(slug).items():
        report = validate(_file(slug, vector))
        if (report.verdict is Verdict.TOTAL_PASSED) != vector.valid:
            wrong[name] = [check.code for check in report.checks if check.sub_indication]
    assert wrong == {}


@pytest.mark.parametrize("slug", _MAKERS)
def test_there_are_enough_of_each(slug: str) -> None:
    vectors = _vectors(slug).values()
    assert sum(not vector.valid for vector in vectors) >= _MINIMUM
    assert sum(vector.valid for vector in vectors) >= 2
