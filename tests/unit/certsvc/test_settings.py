"""Settings, and that production refuses every stand-in."""

from pathlib import Path

import pytest

from certsvc.bootstrap import Services
from certsvc.clock import FixedClock
from certsvc.demonstration.world import write_demonstration_settings
from certsvc.settings import DEMONSTRATION_NOTICE, SettingsInvalidError, read_settings
from tests.support.world import NOW, World

PRODUCTION = {
    "mode": "production",
    "timestamp_url": "https://tsa.example/",
    "public_url": "https://certificates.example",
}


def test_a_demonstration_says_so_on_every_face(tmp_path: Path) -> None:
    write_demonstration_settings(tmp_path)
    assert read_settings(tmp_path).notice == DEMONSTRATION_NOTICE
    assert read_settings(tmp_path, **PRODUCTION).notice is None


def test_production_is_what_one_gets_without_a_word(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path)
    assert caught.value.params["setting"] == "timestamp_url"


@pytest.mark.parametrize("missing", ["timestamp_url", "public_url"])
def test_production_needs_authority_and_https(tmp_path: Path, missing: str) -> None:
    chosen = {name: value for name, value in PRODUCTION.items() if name != missing}
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path, **chosen)
    assert caught.value.params["setting"] == missing


def test_production_refuses_the_demonstration_root(sqlite_world: World) -> None:
    services = Services(read_settings(sqlite_world.home, **PRODUCTION), FixedClock(NOW))
    with pytest.raises(SettingsInvalidError) as caught:
        _ = services.trust
    assert caught.value.params["setting"] == "trust_file"


@pytest.mark.parametrize(
    "content", ['mode = "test"', "surprise = 1", "mode = ", 'timestamp_timeout_s = "long"']
)
def test_doubt_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "settings.toml").write_text(content)
    with pytest.raises(SettingsInvalidError):
        read_settings(tmp_path)


def test_variables_win_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_demonstration_settings(tmp_path)
    monkeypatch.setenv("CERTSVC_UPLOAD_MAX_BYTES", "1000")
    assert read_settings(tmp_path).upload_max_bytes == 1000
