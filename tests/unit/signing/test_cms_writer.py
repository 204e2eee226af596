"""The CMS writer: canonical, as large as it says, and nothing in it that should not be."""

import hashlib

import pytest
from asn1crypto import cms

from keys.uri import open_key
from signing.cms.cms_reader import parse_cms
from signing.cms.cms_writer import CmsWriter
from signing.cms.der_reading import check_der
from tests.support.seals import ALGORITHMS, demonstration_pki

_TOKEN = b"\x30\x03\x02\x01\x01"


def _write(slug: str, *, token: bytes | None = None) -> tuple[CmsWriter, bytes]:
    identity = demonstration_pki().seals[slug]
    key = open_key(identity.key_uri)
    writer = CmsWriter(key.algorithm, identity.chain)
    digest = hashlib.new(writer.digest_name, b"document").digest()
    attributes = writer.signed_attributes(digest)
    return writer, writer.assemble(attributes, key.sign(attributes), token=token)


@pytest.mark.parametrize("slug", sorted(ALGORITHMS))
def test_it_has_the_attributes_of_pades_and_no_others(slug: str) -> None:
    _, encoded = _write(slug, token=_TOKEN)
    signer = parse_cms(encoded, content_type="data").signer
    assert sorted(attribute["type"].native for attribute in signer["signed_attrs"]) == [
        *("cms_algorithm_protection", "content_type", "message_digest"),
        "signing_certificate_v2",
    ]
    assert [item["type"].native for item in signer["unsigned_attrs"]] == [
        "signature_time_stamp_token"
    ]


@pytest.mark.parametrize("slug", sorted(ALGORITHMS))
def test_sets_are_in_der_order(slug: str) -> None:
    _, encoded = _write(slug)
    assert check_der(encoded) == len(encoded)
    parsed = cms.ContentInfo.load(encoded)["content"]
    for members in (parsed["signer_infos"][0]["signed_attrs"], parsed["certificates"]):
        dumps = [member.dump() for member in members]
        assert dumps == sorted(dumps)
        assert len(dumps) > 1


@pytest.mark.parametrize("slug", sorted(ALGORITHMS))
def test_it_is_never_larger_than_it_says(slug: str) -> None:
    for _ in range(5):
        writer, encoded = _write(slug, token=_TOKEN)
        limit = writer.size_limit(token_size_limit=len(_TOKEN))
        assert limit - 10 <= len(encoded) <= limit
        assert writer.size_limit(token_size_limit=None) < limit
