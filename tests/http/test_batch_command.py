"""`certsvc batch` as the machine's operator runs it."""

import io
import zipfile
from pathlib import Path

from certsvc.demonstration.district import APPROVAL_BUREAU
from tests.support.batches import csv_of, row
from tests.support.command import run_command


def test_from_template_to_papers(home: Path, tmp_path: Path) -> None:
    template = tmp_path / "blank.xlsx"
    asked = ("batch", "--template", str(template), "--unit", APPROVAL_BUREAU)
    assert run_command(home, *asked).code == 0
    assert zipfile.is_zipfile(template)

    file, out = tmp_path / "rows.csv", tmp_path / "papers.zip"
    file.write_bytes(csv_of([row(0), row(1, type="x")]))
    refused = run_command(home, "batch", str(file), "--unit", APPROVAL_BUREAU, "--yes")
    assert refused.code == 1
    assert "第 3 行" in refused.err
    assert "batches.row.unknown-type" in refused.err

    file.write_bytes(csv_of([row(0), row(1)]))
    done = run_command(
        home, "batch", str(file), "--unit", APPROVAL_BUREAU, "--yes", "--out", str(out)
    )
    assert done.code == 0, done.err
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as papers:
        assert len(papers.namelist()) == 4
    listed = run_command(home, "batch", "--list", "--lang", "en")
    assert "Done  2/2" in listed.out
    number = next(line.split()[0] for line in listed.out.splitlines() if "Done" in line)
    resumed = run_command(home, "batch", "--resume", number)
    assert resumed.code == 0, resumed.err
    cancelled = run_command(home, "batch", "--cancel", number)
    assert (cancelled.code, "states.transition-refused" in cancelled.err) == (1, True)


def test_a_command_without_anything_to_do(home: Path) -> None:
    answer = run_command(home, "batch")
    assert (answer.code, "cli.batches.what" in answer.err) == (1, True)
