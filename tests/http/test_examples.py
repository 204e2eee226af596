"""The example client and the commands of docs/http.md, against a service in its own process."""

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from httpx2 import Client

from certsvc.demonstration.district import PASSWORD, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from templates.checking_content import codes_seen
from tests.support.batches import csv_of, row, wait_until
from tests.support.command import ROOT, Answer, environment
from tests.support.served_site import Site
from tests.support.tools import require_tool

CLIENT = ROOT / "scripts" / "examples" / "client.py"
_START_S = 60


def run_client(site: Site, folder: Path, **changes: str) -> Answer:
    """Run the example as its own documentation says."""
    wanted = {
        "type": "social-insurance",
        "holder": make_residents()[0].identity_number,
        "matter": TALENT_MATTER,
        "purpose": "申领人才住房补贴",
        "key": "application-2026-0001",
    } | {name: value for name, value in changes.items() if name != "secret"}
    options = [part for name, value in wanted.items() for part in (f"--{name}", value)]
    done = subprocess.run(  # noqa: S603  our own script
        [sys.executable, CLIENT, site.address, "talent-portal", "out.pdf", *options],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env={**os.environ, "CERTSVC_CLIENT_SECRET": changes.get("secret", site.secret)},
        timeout=_START_S,
    )
    return Answer(code=done.returncode, out=done.stdout, err=done.stderr)


def test_the_client_issues_downloads_and_checks(served: Site, tmp_path: Path) -> None:
    first, again = (run_client(served, tmp_path) for _ in range(2))
    assert first.code == 0, first.err
    lines = first.out.splitlines()
    assert [line.split()[0] for line in lines] == ["issued", "downloaded", "checked"]
    assert lines[2] == "checked TOTAL-PASSED authentic"
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")
    assert again.out == first.out


def test_the_client_tells_a_refusal(served: Site, tmp_path: Path) -> None:
    refused = run_client(served, tmp_path, secret="wrong")
    assert (refused.code, refused.err[:19]) == (1, "401 clients.refused")
    other = run_client(served, tmp_path, type="marriage", key="another")
    assert (other.code, other.err[:26]) == (1, "422 catalogue.type-unknown")


def test_the_example_is_short_enough_to_read() -> None:
    assert len(CLIENT.read_text(encoding="utf-8").splitlines()) <= 100


def run_guide(served: Site, folder: Path) -> str:
    """Run every command of the guide, in the order it stands there."""
    require_tool("curl")
    guide = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL)
    script = "\n".join(["set -euo pipefail", *blocks, "echo finished"])
    script = script.replace("http://127.0.0.1:8000", served.address)
    bash = require_tool("bash")
    done = subprocess.run(  # noqa: S603  commands of our own guide
        [bash, "-c", script],
        capture_output=True,
        check=False,
        cwd=folder,
        encoding="utf-8",
        env=environment(
            served.home,
            CLIENT_SECRET=served.secret,
            PASSWORD=PASSWORD,
            PATH=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        ),
        timeout=_START_S,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def test_the_commands_of_the_guide_work_and_touch_nothing_else(
    served: Site, tmp_path: Path
) -> None:
    """Twice, with somebody else's certificate issued between: it stays as it is."""
    for number in range(2):
        said = run_guide(served, tmp_path)
        assert said.endswith("finished\n")
        assert '"instance":' not in said, said  # no problem among the answers
        assert said.count("HTTP/1.1 201") == 1
        assert '"verdict":"TOTAL-PASSED"' in said
        if number == 0:
            others = run_client(served, tmp_path, key="somebody-elses")
            assert others.code == 0, others.err
    assert {path.suffix for path in tmp_path.iterdir()} >= {".pdf"}
    with Client(base_url=served.address) as client:
        entry = {"name": "clerk.wang", "password": PASSWORD}
        token = client.post("/api/v1/log-ins", json=entry).json()["access_token"]
        client.headers |= {"Authorization": f"Bearer {token}"}
        listed = client.get("/api/v1/certificates", params={"type": "social-insurance"}).json()
    states = {copy["copy_number"]: copy["state"] for copy in listed["items"]}
    assert states[others.out.split()[1]] == "in_force"


def test_a_batch_leads_to_where_it_was_sent(served: Site) -> None:
    with Client(base_url=served.address) as client:
        entry = {"name": "clerk.wang", "password": PASSWORD}
        token = client.post("/api/v1/log-ins", json=entry).json()["access_token"]
        client.headers |= {"Authorization": f"Bearer {token}", "Idempotency-Key": "leads"}
        files = {"file": ("rows.csv", csv_of([row(3)]))}
        batch = client.post("/api/v1/batches", files=files, data={"confirmed": "true"}).headers[
            "Location"
        ]
        wait_until(lambda: client.get(batch).json()["state"] == "done")
        papers = client.get(f"{batch}/certificates.zip").content
    with zipfile.ZipFile(io.BytesIO(papers)) as archive:
        (paper,) = [name for name in archive.namelist() if name.endswith(".pdf")]
        (code, *_) = codes_seen(archive.read(paper))
    assert code.startswith(f"{served.address}/v/")
