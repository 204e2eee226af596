"""Rules for everything that two people decide.

- Another person decides, not just another account. Only whoever proposed it may withdraw it.
- A proposal that is withdrawn, rejected or older than a week changes nothing and blocks nothing.
- Both give a reason, kept on one line.
"""

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from certsvc.foundation.errors import (
    ConflictError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    RefusedError,
)

PROPOSAL_LIFETIME = timedelta(days=7)
"""How long a proposal can be approved; afterwards it has to be proposed again."""
REASON_MAX_LENGTH = 500


class Outcome(StrEnum):
    """How a proposal ended."""

    APPROVED = "approved"
    """批准, by another person."""
    REJECTED = "rejected"
    """驳回, by another person."""
    WITHDRAWN = "withdrawn"
    """撤回, by whoever proposed it."""
    EXPIRED = "expired"
    """已过期: nobody decided in time, and something else was proposed since."""


Decided = Literal[Outcome.APPROVED, Outcome.REJECTED, Outcome.WITHDRAWN]
"""What people decide; `EXPIRED` is nobody's decision."""
Verb = Literal["approve", "reject", "withdraw"]
OUTCOME_OF: dict[Verb, Decided] = {
    "approve": Outcome.APPROVED,
    "reject": Outcome.REJECTED,
    "withdraw": Outcome.WITHDRAWN,
}
"""Outcome for the verb that a button, a command or a request sends."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody decides on a proposal."""

    outcome: Decided
    reason: str = ""
    """Why; kept where the kind of decision needs a reason (`Decidable.needs_reason`)."""
    shown: str = ""
    """For an approval: digest of what was shown, as whoever decides gives it back."""


@dataclass(frozen=True, kw_only=True)
class Signatory:
    """Who proposes or decides."""

    account: str
    """As it is recorded: `staff:<login>`."""
    person: str
    """The person behind it."""


class ProposalUnknownError(NotFoundError):
    """No such proposal waits for a decision."""

    code = "approvals.unknown"


class ProposalPendingError(ConflictError):
    """Another proposal about the same waits for a decision."""

    code = "approvals.pending"


class OwnProposalError(ForbiddenError):
    """Whoever proposed or confirmed it may not decide on it, not even from another account."""

    code = "approvals.own-proposal"


class ForeignProposalError(ForbiddenError):
    """Only whoever proposed it may withdraw it."""

    code = "approvals.foreign-proposal"


class ProposalExpiredError(RefusedError):
    """It waited too long to be approved. Params: `days`."""

    code = "approvals.expired"


class ReasonMissingError(InvalidInputError):
    """No reason, a too long one, or one with unseen characters. Params: `longest`."""

    code = "approvals.reason-missing"


def clean_reason(reason: str) -> str:
    """Return a reason as it is kept: composed (NFC), on one line, with single blanks.

    Raises:
        ReasonMissingError: no letter or digit, too long, or with characters that cannot be seen.
    """
    plain = " ".join(unicodedata.normalize("NFC", reason).split())
    kinds = {unicodedata.category(each)[0] for each in plain}
    if "C" in kinds or kinds.isdisjoint("LN") or len(plain) > REASON_MAX_LENGTH:
        raise ReasonMissingError(longest=REASON_MAX_LENGTH)
    return plain
