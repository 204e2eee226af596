"""A monitoring system reads how the service runs, and nothing else."""

import re

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.http.test_jobs_desk import PERSONAL, fail_twice
from tests.http.test_scopes import bearer_of_system
from tests.support.visitors import Visitor

_PATH = "/api/v1/metrics"


def test_a_monitoring_system_reads_the_figures(visitor: Visitor) -> None:
    fail_twice(visitor.world.services)
    headers = bearer_of_system(visitor, frozenset({"metrics.read"}))
    answer = visitor.client.get(_PATH, headers=headers)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["certsvc_jobs", "failed"] == 1
    assert found["certsvc_jobs", "retrying"] == 1
    assert found["certsvc_workers",] == 0
    assert found["certsvc_deliveries", "webhook", "given_up"] == 0
    assert found["certsvc_events_behind", "transparency"] >= 0
    assert PERSONAL not in answer.text
    assert not re.search(r"\d{17}[\dX]", answer.text)
    assert visitor.client.get("/api/v1/certificates", headers=headers).status_code == 403


def test_staff_and_other_systems_do_not(visitor: Visitor) -> None:
    others = [visitor.bearer("clerk.wang"), visitor.bearer("pack.sun")]
    others.append(bearer_of_system(visitor, frozenset({"certificates.read"})))
    assert [visitor.client.get(_PATH, headers=each).status_code for each in others] == [403] * 3
    assert visitor.client.get(_PATH).status_code == 401
