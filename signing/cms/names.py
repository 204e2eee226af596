"""Compare the names of certificates, also those that cannot be read.

asn1crypto reads a name when it is first asked for it; one that could not be read passes for an
empty one when asked again. So a copy is asked.
"""

from asn1crypto import x509

from signing.parser_errors import PARSER_ERRORS, let_mistake_pass


def comparable_name(name: x509.Name) -> str | None:
    """The name as RFC 5280 7.1 compares names, or ``None`` if it cannot be read."""
    try:
        return str(x509.Name.load(_spelling(name)).hashable)
    except PARSER_ERRORS as error:
        let_mistake_pass(error)
        return None


def is_same_name(one: x509.Name, other: x509.Name) -> bool:
    """RFC 5280 7.1; names that cannot be read are the same if they are spelled the same."""
    if _spelling(one) == _spelling(other):
        return True
    found = comparable_name(one)
    return found is not None and found == comparable_name(other)


def _spelling(name: x509.Name) -> bytes:
    """The name without the tag it may have as a part of something else."""
    return bytes(name.chosen.dump())
