"""The life of a certificate record."""

from enum import StrEnum


class RecordStatus(StrEnum):
    """How a certificate record stands."""

    ALLOCATED = "allocated"
    """Has an identifier and nothing else yet."""
    ISSUED = "issued"
    """In force."""
    VOIDED = "voided"
    """Never issued; its identifier is not used again."""
