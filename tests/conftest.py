"""What every test may use, and the rules every run keeps.

- Fixtures: `postgres_url`, `postgres_server`, `bucket`, `s3_server` (real servers), `page`,
  `phone_page`, `english_page`, `browser` (a real Chromium).
- Programs: `tests.support.tools.require_tool` finds one, or skips the test.
- In CI (`CI=true`) a skip is a failure (`tests.support.strictness`).
"""

from hypothesis import settings

from tests.support.tools import in_ci

pytest_plugins = [
    "tests.support.chromium",
    "tests.support.cpu_times",
    "tests.support.duties",
    "tests.support.engines",
    "tests.support.extent",
    "tests.support.quick",
    "tests.support.schedule",
    "tests.support.strictness",
    # Each after those that it imports.
    "tests.support.run",
    "tests.support.postgres",
    "tests.support.s3",
    "tests.support.installations",
    "tests.support.command",
    "tests.support.visitors",
]

# A shared two-core machine has slow moments that say nothing about the code.
settings.register_profile("suite", deadline=None, print_blob=True, derandomize=in_ci())
settings.load_profile("suite")
