"""How the connected sources stand."""

from api.shared.calls import Call
from certsvc.evidence.sources.health import SourceHealth, list_health


def source_health(call: Call) -> list[SourceHealth]:
    """Return the state of every source, the latest calls included."""
    call.services.source_calls.flush()
    with call.reading() as session:
        return list_health(session, call.services.sources, actor=call.actor, now=call.now)
