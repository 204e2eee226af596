"""Figures of how the service runs, in the text format of OpenMetrics."""

from collections.abc import Iterable

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from typing_extensions import override

from api.shared.authentication import for_systems
from api.shared.problems import problems
from api.shared.requests import InterfaceCall
from certsvc.housekeeping.measures import Measure, take_measures

router = APIRouter(prefix="/api/v1/metrics", tags=["jobs"])
_KIND = CONTENT_TYPE_LATEST.partition(";")[0]
_EXAMPLE = """# HELP certsvc_workers Processes that do durable work
# TYPE certsvc_workers gauge
certsvc_workers 1.0
# EOF
"""
_HELP = {
    "jobs": "Jobs by state; late: could have begun more than a minute ago, failed: given up",
    "workers": "Processes that do durable work",
    "events_behind": "Events that a subscriber has yet to take",
    "event_failures": "Failures in a row of a subscriber on its next event",
    "deliveries": "Mails, short messages and webhook calls that wait or were given up",
}


@router.get(
    "",
    summary="How the service runs",
    response_class=Response,
    openapi_extra=for_systems("metrics.read"),
    responses=problems(401, 403, 500, 503)
    | {
        200: {
            "description": "OpenMetrics",
            "content": {_KIND: {"schema": {"type": "string"}, "example": _EXAMPLE}},
        }
    },
)
def read_metrics(call: InterfaceCall) -> Response:
    """Return the figures for a monitoring system, which logs in with client credentials."""
    with call.reading() as session:
        measures = take_measures(session, actor=call.actor, now=call.now)
    registry = CollectorRegistry()
    registry.register(_Figures(measures))
    text = generate_latest(registry)  # type: ignore[no-untyped-call]
    return Response(text, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Figures(Collector):
    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = tuple(measures)

    @override
    def collect(self) -> Iterable[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for measure in self._measures:
            if measure.name not in families:
                families[measure.name] = GaugeMetricFamily(
                    f"certsvc_{measure.name}", _HELP[measure.name], labels=list(measure.labels)
                )
            families[measure.name].add_metric(list(measure.labels.values()), measure.value)
        return families.values()
