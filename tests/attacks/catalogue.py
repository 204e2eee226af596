"""The table of attacks: each has its class, its name, how it is done, and which step says so."""

from collections.abc import Callable
from dataclasses import dataclass

from signing.trust import TrustStore
from tests.support.seals import trust


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One hostile file."""

    group: str
    """The published class, or what it aims at."""

    name: str
    how: str
    """What the attacker does, one sentence."""

    step: str
    """The failed step that must say so, with its reason if it matters: ``container.gap``."""

    make: Callable[[], bytes]
    trusting: Callable[[], TrustStore] = trust

    @property
    def label(self) -> str:
        return f"{self.group}/{self.name}"


ATTACKS: dict[str, Attack] = {}


def attack(
    group: str, *, step: str, trusting: Callable[[], TrustStore] = trust
) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Put a maker of a hostile file into the table; its docstring says how."""

    def register(make: Callable[[], bytes]) -> Callable[[], bytes]:
        name = make.__name__.strip("_").replace("_", " ")
        enter(group, name, how=make.__doc__ or "", step=step, make=make, trusting=trusting)
        return make

    return register


def enter(
    group: str,
    name: str,
    *,
    how: str,
    step: str,
    make: Callable[[], bytes],
    trusting: Callable[[], TrustStore] = trust,
) -> None:
    """Put a variant into the table."""
    assert how, f"{name}: say how"
    case = Attack(group=group, name=name, how=how, step=step, make=make, trusting=trusting)
    assert case.label not in ATTACKS, case.label
    ATTACKS[case.label] = case
