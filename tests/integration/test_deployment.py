"""The examples in deploy/ can be used as they are, and hold no secret."""

import configparser
import shlex
from pathlib import Path

from api.cli.main import PARTS
from certsvc.foundation.settings import read_settings
from certsvc.foundation.storage.address import BucketAddress
from tests.support.command import ROOT, run_command

DEPLOY = ROOT / "deploy"


def unit() -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as the manual says
    parser.read(DEPLOY / "certsvc.service", encoding="utf-8")
    return parser


def test_the_settings_are_taken_when_the_secret_is_handed_over(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes((DEPLOY / "settings.toml").read_bytes())
    settings = read_settings(tmp_path, objects_secret_file=tmp_path / "objects.secret")
    assert settings.mode == "production"
    assert BucketAddress.parse(settings.objects_url).secure


def test_without_the_secret_they_are_refused(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes((DEPLOY / "settings.toml").read_bytes())
    answer = run_command(tmp_path, "init")
    assert answer.code == 1
    assert "objects_secret_key" in answer.err


def test_the_unit_starts_a_command_that_exists() -> None:
    program, command, *_ = shlex.split(unit()["Service"]["ExecStart"])
    assert Path(program).name == "certsvc"
    assert command in {part.name for part in PARTS}


def test_the_unit_and_the_settings_name_no_secret() -> None:
    for path in DEPLOY.iterdir():
        text = path.read_text(encoding="utf-8")
        assert "secret_key =" not in text
        assert "SECRET_KEY=" not in text
