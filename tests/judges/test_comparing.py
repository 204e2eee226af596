"""The comparison with other validators: what it counts, and that no file holds it up."""

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.judges.bounded_asking import BoundedAsker, FaultError
from tests.judges.comparing import Compared, figures
from tests.judges.dss import DssVerdict
from tests.judges.opinions import Opinion, of_dss, of_file
from tests.judges.samples import conforming, issue, sealed, truncated
from tests.support.seals import NOW, demonstration_pki, sealed_document

_SCRIPT = Path(__file__).parents[2] / "scripts" / "compare_validators"


def _broken(document: bytes) -> bytes:
    """With one octet of a signed stream changed."""
    at = document.index(b"stream\n") + 20
    return document[:at] + bytes([document[at] ^ 1]) + document[at + 1 :]


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """What the script says of a handful of files, run by itself from somewhere else."""
    folder = tmp_path_factory.mktemp("corpus")
    root = issue("root", None, NOW, usage="ca")
    files = {
        "good.pdf": sealed_document(),
        "broken.pdf": _broken(sealed_document()),
        "foreign/foreign.pdf": sealed(conforming(), root, NOW),
        "foreign/unsigned.pdf": conforming(),
        "foreign/truncated.pdf": truncated(sealed_document()),
    }
    (folder / "foreign").mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return subprocess.run(  # noqa: S603  # a list, no shell
        [
            *(_SCRIPT, folder, "--json", "--without-dss", "--jobs", "1"),
            *("--trust", demonstration_pki().root_path),
        ],
        capture_output=True,
        check=False,
        cwd="/",
        encoding="utf-8",
        timeout=120,
    )


def test_it_prints_json_alone(compared: subprocess.CompletedProcess[str]) -> None:
    found = json.loads(compared.stdout)
    assert compared.returncode == 0, compared.stderr
    assert (found["files"], found["signatures"], found["faults"]) == (5, 3, [])
    assert "5/5" in compared.stderr
    assert "Traceback" not in compared.stderr


def test_all_agree_about_good_broken_and_foreign(
    compared: subprocess.CompletedProcess[str],
) -> None:
    found = json.loads(compared.stdout)
    for name in ("pyhanko", "pdfsig"):
        # The truncated file counts too: nobody can read it.
        assert found["agreement"][name]["same"] == found["agreement"][name]["of"], found
        assert found["agreement"][name]["of"] >= 3
    assert len(found["slowest"]) == len(found["largest"]) == 5
    assert found["largest"][0]["bytes"] > 20_000


def _ask_slowly(path: Path) -> str:
    if path.name == "hangs":
        time.sleep(60)
    if path.name == "faulty":
        raise LookupError("here")
    return path.name


def test_a_file_that_takes_too_long_holds_nobody_up() -> None:
    asker = BoundedAsker(_ask_slowly, timeout_s=1)
    try:
        with pytest.raises(TimeoutError):
            asker.ask(Path("hangs"))
        with pytest.raises(FaultError, match="LookupError: here"):
            asker.ask(Path("faulty"))
        assert asker.ask(Path("good"))[0] == "good"
    finally:
        asker.close()


def _compared(name: str, **opinions: dict[str, Opinion]) -> Compared:
    return Compared(path=Path(name), size=1, verdict="TOTAL-PASSED", opinions=dict(opinions))


def test_disagreement_is_counted_by_kind() -> None:
    results = [
        _compared("1", ours={"a": Opinion.INTACT}, pdfsig={"a": Opinion.INTACT}),
        _compared("2", ours={"a": Opinion.INTACT}, pdfsig={"a": Opinion.BROKEN}),
        _compared("3", ours={"a": Opinion.UNSURE}, pdfsig={}),
        _compared("4", ours=dict(of_file(Opinion.UNREADABLE)), pdfsig={"a": Opinion.INTACT}),
        _compared("5", ours={}, pdfsig={}),
    ]
    found = figures(results)
    assert found["agreement"]["pdfsig"] == {"same": 1, "of": 4, "share": 0.25}
    assert found["disagreement"] == {
        "ours intact, pdfsig broken": {"count": 1, "files": ["2"]},
        "ours unreadable, pdfsig intact": {"count": 1, "files": ["4"]},
        "ours unsure, pdfsig not seen": {"count": 1, "files": ["3"]},
    }


def test_dss_names_no_fields_so_its_signatures_are_taken_in_order() -> None:
    one = {"level": "", "indication": "", "sub_indication": "", "trusted": False, "bound": True}
    rest = {"modified": False, "algorithm": "", "timestamps": (), "problems": ()}
    verdicts = [DssVerdict(intact=intact, **one, **rest) for intact in (True, False)]  # type: ignore[arg-type]  # each fits
    assert of_dss(verdicts, ["a", "b"]) == {"a": Opinion.INTACT, "b": Opinion.BROKEN}
    assert [*of_dss(verdicts, ["a"])] == ["signature 1", "signature 2"]
