"""When it was sealed: timestamps of other things, of other times, by whoever may not give them."""

import hashlib
from datetime import timedelta

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from signing.cms import der
from signing.trust import TrustStore
from tests.attacks.anatomy import container, with_container
from tests.attacks.cases_identity import honest, root, sealed_as, trusting
from tests.attacks.catalogue import attack, enter
from tests.attacks.resealing import Parts, token_for
from tests.support.seal_certificates import Wish, issue
from tests.support.seals import (
    NOW,
    demonstration_pki,
    make_authority,
    sealed_document,
    timestamp_authority,
)

_GROUP = "timestamp"
_KIND = der.object_identifier("1.2.840.113549.1.9.16.2.14")


def _with_token(token: bytes, *more: bytes) -> bytes:
    parts = Parts(sealed_as(honest(), timestamped=False))
    parts.unsigned = [der.sequence(_KIND, der.tlv(0x31, token, *more))]
    return with_container(sealed_as(honest()), parts.assemble())


def _own_token(authority_at: timedelta = timedelta()) -> bytes:
    """A genuine token of this very signature, at another time."""
    parts = Parts(sealed_as(honest(), timestamped=False))
    digest = hashlib.sha256(parts.signature).digest()
    token = timestamp_authority(at=NOW + authority_at).timestamp(digest)
    parts.unsigned = [der.sequence(_KIND, der.tlv(0x31, token))]
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step="timestamp.imprint", trusting=trusting)
def from_another_file() -> bytes:
    """A genuine token of another signature."""
    return _with_token(token_for(b"another signature"))


@attack(_GROUP, step="timestamp.imprint", trusting=trusting)
def from_another_seal() -> bytes:
    """The token of the sample's own first seal, moved to a new signature."""
    token = Parts(sealed_document()).unsigned[0]
    parts = Parts(sealed_as(honest(), timestamped=False))
    parts.unsigned = [token]
    return with_container(sealed_as(honest()), parts.assemble())


@attack(_GROUP, step="timestamp", trusting=trusting)
def no_token_at_all() -> bytes:
    """Something that is no token stands in its place."""
    return _with_token(der.sequence(der.integer(1)))


@attack(_GROUP, step="timestamp.future", trusting=trusting)
def of_tomorrow() -> bytes:
    """A token of a time that has not come."""
    return _own_token(timedelta(days=1))


@attack(_GROUP, step="timestamp.order", trusting=trusting)
def older_than_the_seal() -> bytes:
    """The authority saw the seal an hour before the seal says that it was made."""
    return _own_token(timedelta(hours=-1))


@attack(_GROUP, step="timestamp", trusting=trusting)
def changed_time() -> bytes:
    """The time in the token is set back by a year; its digest no longer fits."""
    document = sealed_as(honest())
    encoded = container(document)
    year = NOW.strftime("%Y%m").encode()
    assert encoded.count(b"\x18\x0f" + year) == 1
    return with_container(
        document, encoded.replace(b"\x18\x0f" + year, b"\x18\x0f" + b"202503").rstrip(b"\x00")
    )


@attack(_GROUP, step="container", trusting=trusting)
def two_tokens_in_one_attribute() -> bytes:
    """Two tokens: a reader takes the one that suits."""
    token = token_for(b"x")
    return _with_token(token, token)


@attack(_GROUP, step="container.unsigned-attributes", trusting=trusting)
def two_attributes() -> bytes:
    """A second timestamp attribute beside the first."""
    parts = Parts(sealed_as(honest()))
    parts.unsigned.append(der.sequence(_KIND, der.tlv(0x31, token_for(b"x"))))
    return with_container(sealed_as(honest()), parts.assemble())


def _trusting_all() -> TrustStore:
    return TrustStore(roots=(root().certificate,))


for _name, _wish in (
    ("by a seal", Wish()),
    ("not critical", Wish(purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))),
    (
        "not alone",
        Wish(
            purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CLIENT_AUTH),
            purposes_critical=True,
        ),
    ),
):

    def _make(wish: Wish = _wish) -> bytes:
        false = issue(wish, root())
        parts = Parts(sealed_as(honest(), timestamped=False))
        digest = hashlib.sha256(parts.signature).digest()
        token = make_authority(false.key, [false.certificate]).timestamp(digest)
        parts.unsigned = [der.sequence(_KIND, der.tlv(0x31, token))]
        return with_container(sealed_as(honest()), parts.assemble())

    enter(
        _GROUP,
        f"authority's purpose is {_name}",
        how=f"The token's certificate is for timestamps {_name}.",
        step="timestamp.wrong-usage",
        make=_make,
        trusting=_trusting_all,
    )


@attack(_GROUP, step="timestamp", trusting=_trusting_all)
def of_an_authority_nobody_trusts() -> bytes:
    """A genuine token of an authority whose root is not trusted."""
    return sealed_as(honest())


@attack(_GROUP, step="timestamp.invalid", trusting=trusting)
def certificate_of_the_authority_changed() -> bytes:
    """A bit of the certificate that the token carries is turned."""
    document = sealed_as(honest())
    encoded = bytearray(container(document))
    carried = demonstration_pki().timestamp.chain[0].public_bytes(Encoding.DER)
    encoded[encoded.index(carried) + len(carried) - 3] ^= 1
    return with_container(document, bytes(encoded))


@attack(_GROUP, step="timestamp.invalid", trusting=trusting)
def signature_of_the_token_changed() -> bytes:
    """A bit of the authority's signature value is turned."""
    document = sealed_as(honest())
    encoded = bytearray(container(document).rstrip(b"\x00"))
    encoded[-3] ^= 1
    return with_container(document, bytes(encoded))
