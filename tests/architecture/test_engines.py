"""Which tests run on both engines: wherever the SQL of the product is more than plain rows."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT, files, imported_modules, name_of
from tests.support.engines import modules_on_both

_BEYOND_ROWS = re.compile(
    r"\bwith_for_update\b|\bskip_locked\b|\.returning\(|\bon_conflict_do_|\bIntegrityError\b|\brefused_as\b"
    r"|\bdialect\b|\bdialects\b|\btext\(\"|\.like\(|\bilike\b|\bfunc\.|\bisolation_level\b"
)
"""Locks, upserts, constraints, aggregates, raw SQL: where two engines may differ."""
_TRIED_BY = {
    "certsvc/housekeeping/measures.py": "tests/http/test_metrics.py",
    "certsvc/foundation/jobs/records.py": "tests/integration/test_jobs.py",
    "certsvc/foundation/jobs/troubles.py": "tests/integration/test_jobs.py",
    "certsvc/foundation/jobs/schedule.py": "tests/integration/test_jobs.py",
    "certsvc/foundation/jobs/looking.py": "tests/integration/test_jobs.py",
    "certsvc/foundation/jobs/claims.py": "tests/integration/test_jobs.py",
    "certsvc/sealing/uses/uses.py": "tests/integration/test_seal_uses.py",
    "api/http/health.py": "tests/integration/test_database.py",
    "certsvc/certificates/batches/reading.py": "tests/http/test_batches.py",
    "certsvc/certificates/batches/service.py": "tests/http/test_batches.py",
    "certsvc/certificates/records/history.py": "tests/integration/test_record_changes.py",
    "certsvc/people/clients/service.py": "tests/integration/test_clients.py",
    "certsvc/sealing/custody/ceremonies.py": "tests/integration/test_custody.py",
    "certsvc/sealing/custody/service.py": "tests/integration/test_custody.py",
    "certsvc/foundation/db/base.py": "tests/integration/test_database.py",
    "certsvc/foundation/db/sqlite_definitions.py": "tests/integration/test_value_lists.py",
    "certsvc/foundation/db/value_lists.py": "tests/integration/test_value_lists.py",
    "certsvc/foundation/db/violations.py": "tests/integration/test_violations.py",
    "certsvc/certificates/records/changes.py": "tests/integration/test_record_versions.py",
    "certsvc/foundation/db/engine.py": "tests/integration/test_database.py",
    "certsvc/foundation/db/migrate.py": "tests/integration/test_migrations.py",
    "certsvc/certificates/extraction/withdrawals.py": "tests/integration/test_record_changes.py",
    "certsvc/foundation/events/delivery.py": "tests/integration/test_events.py",
    "certsvc/foundation/events/recording.py": "tests/integration/test_events.py",
    "certsvc/foundation/idempotency/service.py": "tests/integration/test_idempotency.py",
    "certsvc/certificates/issuance/journal.py": "tests/crash/test_crash.py",
    "certsvc/certificates/issuance/pipeline.py": "tests/integration/test_nine_steps.py",
    "certsvc/certificates/issuance/replaced.py": "tests/integration/test_record_versions.py",
    "certsvc/certificates/issuance/repetitions.py": "tests/integration/test_repetition_races.py",
    "certsvc/people/notices/service.py": "tests/integration/test_notices.py",
    "certsvc/people/notices/webhooks.py": "tests/integration/test_notices.py",
    "certsvc/people/accounts/service.py": "tests/integration/test_log_in.py",
    "certsvc/people/accounts/throttle.py": "tests/integration/test_log_in_throttle.py",
    "certsvc/catalogue/packs/decisions.py": "tests/integration/test_pack_versions.py",
    "certsvc/catalogue/packs/records.py": "tests/integration/test_pack_versions.py",
    "certsvc/sealing/changes/decisions.py": "tests/integration/test_seal_races.py",
    "certsvc/sealing/register/limits.py": "tests/integration/test_seal_limits.py",
    "certsvc/foundation/approvals/service.py": "tests/integration/test_approvals.py",
    "certsvc/foundation/approvals/records.py": "tests/integration/test_approvals.py",
    "certsvc/sealing/changes/proposals.py": "tests/integration/test_seal_races.py",
    "certsvc/sealing/register/service.py": "tests/integration/test_seal_register.py",
    "certsvc/sealing/uses/use_checks.py": "tests/integration/test_seal_use_checks.py",
    "certsvc/verification/transparency/service.py": "tests/integration/test_log.py",
}
"""Modules of the product with such SQL, and the tests that try it on both engines."""


def test_sql_that_engines_may_differ_in_is_tried_on_both() -> None:
    with_such_sql = {
        name_of(path)
        for path in files("api", "certsvc", suffix=".py")
        if "migrations" not in path.parts and _speaks_sql(path)
    }
    assert with_such_sql - set(_TRIED_BY) == set(), "say in _TRIED_BY what tries it on both engines"
    assert set(_TRIED_BY) - with_such_sql == set(), "nothing there is left to try on both engines"


def _speaks_sql(path: Path) -> bool:
    imports_it = any(name.startswith("sqlalchemy") for name in imported_modules(path))
    return imports_it and _BEYOND_ROWS.search(path.read_text(encoding="utf-8")) is not None


def test_what_tries_it_runs_on_both() -> None:
    marked = "@pytest.mark.both_engines"
    alone = [
        name
        for name in sorted(set(_TRIED_BY.values()))
        if name not in modules_on_both() and marked not in (ROOT / name).read_text(encoding="utf-8")
    ]
    assert alone == []


def test_the_named_modules_are_there_and_have_a_reason() -> None:
    assert [name for name in modules_on_both() if not (ROOT / name).is_file()] == []
    assert [name for name, why in modules_on_both().items() if len(why.split()) < 3] == []
    assert list(modules_on_both()) == sorted(modules_on_both())


def test_a_full_run_is_everything_on_both() -> None:
    module = "tests/integration/test_article_nine.py"
    full = _collected("--all", module)
    on_sqlite = {name for name in full if "[sqlite" in name}
    assert on_sqlite
    assert {name.replace("[sqlite", "[postgresql") for name in on_sqlite} <= full
    usual = _collected(module)
    assert on_sqlite <= usual < full


def _collected(*arguments: str) -> set[str]:
    done = subprocess.run(  # noqa: S603  our own command
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *arguments],
        capture_output=True,
        check=True,
        cwd=ROOT,
        encoding="utf-8",
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # loading all of them takes 2 s
    )
    return {line for line in done.stdout.splitlines() if "::" in line}
