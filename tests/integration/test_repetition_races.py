"""Six press the button at once: one certificate, and everybody else is told of it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select

from certsvc.certificates.extraction.records import Extraction
from certsvc.certificates.issuance.rules import RepeatedError
from tests.support.world import World

SIX = 6


def press(world: World, **changes: str) -> list[str]:
    """Issue so often at once, each under a key of its own; `told` before what a refusal names."""
    together, clerk = Barrier(SIX), world.staff("clerk.wang")

    def one(number: int) -> str:
        key = f"{changes}-{number}"
        request = world.request(idempotency_key=key, stops_if_repeated=True, **changes)
        together.wait()
        try:
            return world.services.issuer.issue(request, actor=clerk).copy_number
        except RepeatedError as error:
            return f"told {error.params['copy_number']}"

    with ThreadPoolExecutor(SIX) as threads:
        return sorted(threads.map(one, range(SIX)))


def copies(world: World) -> int:
    with world.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Extraction)) or 0


def test_six_at_once_make_one_certificate(world: World) -> None:
    first, *others = press(world)
    assert others == [f"told {first}"] * (SIX - 1)
    second, *others = press(world, knows_of=first)
    assert others == [f"told {second}"] * (SIX - 1), "and one more for who knows of the first"
    assert copies(world) == 2
    # Whoever does not ask to be stopped, as a system, waits for nobody's answer.
    world.issue(idempotency_key="of a system")
    assert copies(world) == 3
