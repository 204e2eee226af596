"""`certsvc storage`: the files of published copies, checked and moved."""

from pathlib import Path

from tests.http.test_command import issue
from tests.support.command import Answer, run_command
from tests.support.s3 import Bucket


def variables(bucket: Bucket) -> dict[str, str]:
    """The settings of a bucket, as variables."""
    return {f"CERTSVC_{name.upper()}": value for name, value in bucket.settings().items()}


def files(home: Path) -> list[Path]:
    return [path for path in (home / "objects").rglob("*") if path.is_file()]


def count(answer: Answer) -> str:
    return "".join(answer.out.split())


def test_whole_files_are_counted(home: Path, tmp_path: Path) -> None:
    issue(home, tmp_path / "one.pdf")
    answer = run_command(home, "storage", "check")
    assert (answer.code, count(answer)) == (0, "完好1，新复制0，缺失0，损坏0")


def test_damage_and_loss_are_named(home: Path, tmp_path: Path) -> None:
    issue(home, tmp_path / "one.pdf")
    (path,) = files(home)
    path.chmod(0o600)
    path.write_bytes(b"changed")
    damaged = run_command(home, "storage", "check")
    assert (damaged.code, count(damaged)) == (1, "完好0，新复制0，缺失0，损坏1")
    assert path.name in "".join(damaged.err.split())
    path.unlink()
    missing = run_command(home, "storage", "check")
    assert (missing.code, count(missing)) == (1, "完好0，新复制0，缺失1，损坏0")
    assert path.name in "".join(missing.err.split())


def test_a_city_moves_from_its_folder_to_a_bucket(
    home: Path, tmp_path: Path, bucket: Bucket
) -> None:
    issue(home, tmp_path / "one.pdf")
    move = ("storage", "copy", "--from", str(home / "objects"))
    here = variables(bucket)
    before = run_command(home, "storage", "check", **here)
    assert (before.code, count(before)) == (1, "完好0，新复制0，缺失1，损坏0")
    assert count(run_command(home, *move, **here)) == "完好0，新复制1，缺失0，损坏0"
    assert count(run_command(home, *move, **here)) == "完好1，新复制0，缺失0，损坏0"
    after = run_command(home, "storage", "check", **here)
    assert (after.code, count(after)) == (0, "完好1，新复制0，缺失0，损坏0")
    assert len(files(home)) == 1, "the old store is only read"


def test_init_and_check_tell_that_the_bucket_is_not_there(home: Path, bucket: Bucket) -> None:
    bucket.client.remove_bucket(bucket.address.bucket)
    for command in (("init",), ("storage", "check")):
        answer = run_command(home, *command, **variables(bucket))
        assert answer.code == 1
        assert "storage.bucket-missing" in answer.err
