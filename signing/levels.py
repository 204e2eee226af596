"""The baseline levels of a seal (ETSI EN 319 142-1 clause 6)."""

import enum


class Level(enum.Enum):
    """Baseline level; each level includes the ones before it."""

    B_B = "PAdES-BASELINE-B"
    """The signature."""
    B_T = "PAdES-BASELINE-T"
    """A timestamp of the signature."""
    B_LT = "PAdES-BASELINE-LT"
    """The certificates and revocation data needed to validate it."""
    B_LTA = "PAdES-BASELINE-LTA"
    """A document timestamp over all of that."""

    def includes(self, other: "Level") -> bool:
        """Whether this level has what the other one asks for."""
        ordered = list(Level)
        return ordered.index(self) >= ordered.index(other)
