"""How the connected sources stand, and asking one now."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.shared.instants import InstantText
from api.shared.names import EnglishName
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from api.shared.sentences import sentence
from api.shared.views.sources import source_health
from certsvc.evidence.sources.health import SourceHealth
from certsvc.evidence.sources.health_rules import Call as SourceCall
from certsvc.evidence.sources.health_rules import Outcome
from certsvc.foundation.clock import rfc3339
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.net.breakers import BreakerState

router = APIRouter(prefix="/api/v1/sources", tags=["sources"])


SourceCode = Annotated[
    str, Path(description="Short name of the source", examples=["social-insurance-registry"])
]


class SourceCheck(BaseModel):
    """What came of asking a source something harmless."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "source": "social-insurance-registry",
                    "at": "2026-11-21T10:00:00+08:00",
                    "outcome": "answered",
                    "text": "正常答复",
                    "duration_ms": 12,
                }
            ]
        }
    )

    source: Annotated[str, Field(description="Its code")]
    at: InstantText
    outcome: Outcome
    text: Annotated[str, Field(description="The outcome in the reader's language")]
    duration_ms: int


class SourceLatency(BaseModel):
    """How long calls took, milliseconds."""

    p50_ms: int
    p95_ms: int
    longest_ms: int


class SourceType(BaseModel):
    """A certificate type that a source vouches for."""

    code: str
    name: str
    name_en: EnglishName = None


class SourceState(BaseModel):
    """State of one source."""

    source: Annotated[str, Field(description="Its code")]
    name: str
    kind: Annotated[str, Field(description="`sql`, `http` or `file`")]
    unit: Annotated[str, Field(description="Credit code of the unit whose records it holds")]
    unit_name: str
    types: list[SourceType]
    calls: Annotated[int, Field(description="Calls of the last 24 hours, 500 at most")]
    failures: Annotated[int, Field(description="Those that were slow, nonsense or down")]
    last_success_at: InstantText | None
    last_failure_at: InstantText | None
    last_failure: Outcome | None
    latency: SourceLatency | None
    last_check: SourceCheck | None
    breaker: Annotated[BreakerState, Field(description="In the process that answers")]
    under_way: Annotated[int, Field(description="Questions under way in that process")]
    at_once: Annotated[int, Field(description="How many may be")]


class SourceStates(BaseModel):
    """Every connected source."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sources": [
                        {
                            "source": "social-insurance-registry",
                            "name": "社会保险参保缴费信息库",
                            "kind": "sql",
                            "unit": "12990101MB0000003W",
                            "unit_name": "青禾市云岭区社会保险事业中心",
                            "types": [
                                {
                                    "code": "social-insurance",
                                    "name": "社会保险参保证明",
                                    "name_en": "Certificate of Social Insurance Participation",
                                }
                            ],
                            "calls": 31,
                            "failures": 1,
                            "last_success_at": "2026-11-21T10:00:00+08:00",
                            "last_failure_at": "2026-11-21T08:12:09+08:00",
                            "last_failure": "slow",
                            "latency": {"p50_ms": 9, "p95_ms": 40, "longest_ms": 10000},
                            "last_check": {
                                "source": "social-insurance-registry",
                                "at": "2026-11-21T10:00:00+08:00",
                                "outcome": "answered",
                                "text": "正常答复",
                                "duration_ms": 12,
                            },
                            "breaker": "closed",
                            "under_way": 0,
                            "at_once": 4,
                        }
                    ]
                }
            ]
        }
    )

    sources: list[SourceState]


@router.get("", summary="How the sources stand", responses=problems(401, 403, 500, 503))
def list_sources(call: InterfaceCall) -> SourceStates:
    """Tell of every connected source when it last answered, how long it takes, and its state."""
    return SourceStates(sources=[_state(health, call.language) for health in source_health(call)])


@router.post(
    "/{source}/checks",
    summary="Ask a source now",
    responses=problems(401, 403, 404, 500, 503),
)
def check_source(
    source: SourceCode,
    call: InterfaceCall,
) -> SourceCheck:
    """Ask a source something harmless, about nobody; at most once in five seconds."""
    return _check(call.services.sources.check(source, actor=call.actor), call.language)


def _state(health: SourceHealth, language: Language) -> SourceState:
    latency = health.latency
    success, failure = health.last_success_at, health.last_failure_at
    return SourceState(
        source=health.code,
        name=health.name,
        kind=health.kind,
        unit=health.unit_code,
        unit_name=health.unit_name,
        types=[
            SourceType(code=each.code, name=each.name, name_en=each.name_en)
            for each in health.types
        ],
        calls=len(health.calls),
        failures=health.failures,
        last_success_at=rfc3339(success) if success else None,
        last_failure_at=rfc3339(failure) if failure else None,
        last_failure=health.last_failure,
        latency=SourceLatency(
            p50_ms=latency.half_ms, p95_ms=latency.most_ms, longest_ms=latency.longest_ms
        )
        if latency
        else None,
        last_check=_check(health.last_check, language) if health.last_check else None,
        breaker=health.breaker,
        under_way=health.under_way,
        at_once=health.at_once,
    )


def _check(call: SourceCall, language: Language) -> SourceCheck:
    return SourceCheck(
        source=call.source,
        at=rfc3339(call.at),
        outcome=call.outcome,
        text=sentence(f"sources.outcome.{call.outcome.value}", language),
        duration_ms=call.duration_ms,
    )
