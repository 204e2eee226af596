"""What may have been added to a file after a signature (see `later_revisions`)."""

import enum
from dataclasses import dataclass


class Later(enum.StrEnum):
    """What was added after a signature."""

    NOTHING = "nothing"
    ARCHIVED_BY_US = "archived-by-us"
    """Only revisions that our archiver wrote, byte for byte."""
    ARCHIVAL = "archival"
    """Only validation material and document timestamps (ETSI EN 319 142-1 5.4.2, 5.4.3)."""
    SIGNED = "signed-again"
    """Besides, further signatures without visible area."""
    UNUSUAL = "unusual"
    """What is shown is the same, but there is more than archives and signers add."""
    SIGNED_VISIBLY = "signed-visibly"
    """Further signatures that can be seen, and may cover something."""
    FORM_FILLED = "form-filled"
    """Values of form fields."""
    CHANGED = "changed"
    """Anything else, or what nobody can explain."""
    NOT_COMPARED = "not-compared"
    """There is too much to compare."""


@dataclass(frozen=True, kw_only=True)
class Addition:
    """What was added after one signature, and what is known of it."""

    later: Later

    oddities: tuple[str, ...] = ()
    """What is unusual about its form."""

    fields: tuple[str, ...] = ()
    """Names of the fields that were added, signed or filled in."""
