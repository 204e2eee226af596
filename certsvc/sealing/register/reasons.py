"""Why a change of a seal is proposed, approved or rejected: one clean line of text."""

from certsvc.sealing.register.errors import ReasonMissingError

REASON_MAX_LENGTH = 500


def clean_reason(reason: str) -> str:
    """Return a reason as it is kept: on one line, with single blanks.

    Raises:
        ReasonMissingError: no reason, one that is too long, or with characters that cannot be seen.
    """
    plain = " ".join(reason.split())
    if not (0 < len(plain) <= REASON_MAX_LENGTH and plain.isprintable()):
        raise ReasonMissingError(longest=REASON_MAX_LENGTH)
    return plain
