"""The description judged by others' tools, and clients that three generators make of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from httpx2 import get

from certsvc.demonstration.district import TALENT_MATTER
from certsvc.demonstration.people import make_residents
from tests.support.generators import (
    FOLDER,
    node_modules,
    node_tool,
    python_generator,
    run,
    run_maven,
    told,
)
from tests.support.served_site import Site

pytestmark = pytest.mark.heavy("test_description checks the same of the description always")

OPERATIONS = {
    "create_token": {"lasts": 900},
    "list_uses": {"some": True},
    "issue_certificate": {"replayed": "true", "same": True},
    "list_certificates": {"found": [True]},
    "get_certificate": {"matter": TALENT_MATTER, "instant": True},
    "get_certificate_file": {"whole": True},
    "get_certificate_data": {"number": True},
    "get_batch_template": {"begins": "PK"},
    "check_file": {"answer": "authentic"},
    "withdraw_one_copy": {"number": True},
    "list_events": {"some": True},
    "problem": {"code": "catalogue.type-unknown", "field": "type"},
}
"""What each client tells of the operations that it calls."""


@pytest.fixture
def described(served: Site, tmp_path: Path) -> Path:
    """The description as it is served, in a file of a folder of its own."""
    file = tmp_path / "openapi.json"
    file.write_bytes(get(f"{served.address}/api/v1/openapi.json", timeout=120).content)
    return file


@pytest.mark.parametrize(
    ("tool", "rules", "arguments"),
    [
        ("redocly", "redocly.yaml", ("lint", "openapi.json", "--config", "redocly.yaml")),
        ("spectral", "spectral.yaml", ("lint", "openapi.json", "--ruleset", "spectral.yaml")),
    ],
)
def test_a_judge_finds_no_error(
    described: Path, tool: str, rules: str, arguments: tuple[str, ...]
) -> None:
    shutil.copy(FOLDER / rules, described.parent)
    judged = run([node_tool(tool), *arguments], described.parent)
    assert judged.returncode == 0, judged.stdout + judged.stderr
    broken = described.read_text(encoding="utf-8").replace('"responses":', '"answers":')
    described.write_text(broken, encoding="utf-8")
    assert run([node_tool(tool), *arguments], described.parent).returncode != 0


def by_typescript(described: Path, site: Site, holder: str) -> str:
    folder = described.parent
    for name in ("client.ts", "tsconfig.json"):
        shutil.copy(FOLDER / name, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(node_modules())
    made = run([node_tool("openapi-typescript"), "openapi.json", "-o", "schema.d.ts"], folder)
    assert made.returncode == 0, made.stderr
    compiled = run([node_tool("tsc"), "-p", "."], folder)
    assert compiled.returncode == 0, compiled.stdout
    secret = {"CLIENT_SECRET": site.secrets["generated"]}
    done = run(["node", "client.js", site.address, holder], folder, secret)
    return done.stdout + done.stderr


def by_python(described: Path, site: Site, holder: str) -> str:
    folder, python = described.parent, python_generator()
    shutil.copy(FOLDER / "python-client", folder / "call.py")
    made = run(
        [
            *(python, "-m", "openapi_python_client", "generate", "--meta", "none"),
            *("--path", "openapi.json", "--output-path", "client"),
            *("--config", FOLDER / "python.yaml"),
        ],
        folder,
    )
    assert (folder / "client" / "client.py").exists(), made.stdout + made.stderr
    secret = {"CLIENT_SECRET": site.secrets["generated"]}
    done = run([python, "call.py", site.address, holder], folder, secret)
    return done.stdout + done.stderr


def by_java(described: Path, site: Site, holder: str) -> str:
    folder = described.parent
    (folder / "src").mkdir()
    shutil.copy(FOLDER / "Client.java", folder / "src")
    shutil.copy(FOLDER / "pom.xml", folder)
    done = run_maven(
        folder,
        {"CLIENT_SECRET": site.secrets["generated"]},
        *(f"-Dsite={site.address}", f"-Dholder={holder}", "compile", "exec:java"),
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(("made_by", "number"), [(by_typescript, 0), (by_python, 1), (by_java, 2)])
def test_a_generated_client_gets_real_answers(
    described: Path, served: Site, made_by: Callable[[Path, Site, str], str], number: int
) -> None:
    holders = [person for person in make_residents() if person.is_citizen and not person.died_on]
    output = made_by(described, served, holders[number].identity_number)
    assert told(output) == OPERATIONS, output[-3000:]
