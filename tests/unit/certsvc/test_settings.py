"""Settings, and that production refuses every stand-in."""

import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from certsvc.bootstrap import Services
from certsvc.clock import FixedClock
from certsvc.codes.holder import HolderCode
from certsvc.db.migrate import migrate
from certsvc.demonstration.world import write_demonstration_settings
from certsvc.organisations.production import FictionalUnitError, HolderPasswordsError
from certsvc.organisations.service import register_holder_account
from certsvc.seals.errors import SealOfDemonstrationError
from certsvc.settings import DEMONSTRATION_NOTICE, SettingsInvalidError, read_settings
from keys.errors import DevelopmentPkiError
from tests.support.seal_certificates import Wish, issue
from tests.support.world import NOW, World

PRODUCTION = {
    "mode": "production",
    "timestamp_urls": ["https://tsa.example/"],
    "public_url": "https://certificates.example",
}


def test_a_demonstration_says_so_on_every_face(tmp_path: Path) -> None:
    write_demonstration_settings(tmp_path)
    assert read_settings(tmp_path).notice == DEMONSTRATION_NOTICE
    assert read_settings(tmp_path, **PRODUCTION).notice is None


def test_production_is_what_one_gets_without_a_word(tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path)
    assert caught.value.params["setting"] == "timestamp_urls"


@pytest.mark.parametrize("missing", ["timestamp_urls", "public_url"])
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


def test_an_empty_variable_is_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CERTSVC_HOME", "")
    assert read_settings(mode="demonstration").home == Path("var")
    monkeypatch.setenv("CERTSVC_HOME", str(tmp_path))
    assert read_settings(mode="demonstration").home == tmp_path


def test_codes_lead_to_one_slash(tmp_path: Path) -> None:
    chosen = PRODUCTION | {"public_url": "HTTPS://Certificates.Example/proofs//"}
    settings = read_settings(tmp_path, **chosen)
    assert settings.public_url == "https://certificates.example/proofs"


@pytest.mark.parametrize("setting", ["public_url", "timestamp_urls"])
@pytest.mark.parametrize(
    "url",
    [
        "",
        "certificates.example",
        "ftp://certificates.example",
        "https://",
        "https://certificates.example:99999",
        "https://certificates.example:port",
        "https://somebody:secret@certificates.example",
        "https://certificates.example/ here",
        "https://证明.example",
        "https://[::1",
    ],
)
def test_what_is_no_web_address_is_refused(tmp_path: Path, setting: str, url: str) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(
            tmp_path, **(PRODUCTION | {setting: [url] if setting == "timestamp_urls" else url})
        )
    assert caught.value.params["setting"] == setting


@pytest.mark.parametrize("url", ["https://a.example/?q=1", "https://a.example/#there"])
def test_nothing_can_follow_a_public_address_but_a_path(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path, **(PRODUCTION | {"public_url": url}))
    assert caught.value.params["setting"] == "public_url"


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/db", "postgresql://host/db", "://"])
def test_an_unknown_database_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path, **PRODUCTION, database_url=url)
    assert caught.value.params["setting"] == "database_url"


@pytest.mark.parametrize("setting", ["timestamp_timeout_s", "upload_max_bytes"])
def test_limits_are_more_than_nothing(tmp_path: Path, setting: str) -> None:
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path, **PRODUCTION, **{setting: 0})
    assert caught.value.params["setting"] == setting


def test_nothing_shows_the_password_of_the_database(tmp_path: Path) -> None:
    url = "postgresql+psycopg://certsvc:s3cret@db.example/certsvc"
    settings = read_settings(tmp_path, **PRODUCTION, database_url=url)
    assert settings.effective_database_url == url
    assert "s3cret" not in f"{settings!r} {settings}"
    with pytest.raises(SettingsInvalidError) as caught:
        read_settings(tmp_path, database_url="nonsense://u:s3cret@db/x")
    assert "s3cret" not in str(caught.value.__cause__)


def trust_a_root_that_is_no_stand_in(home: Path) -> None:
    root = issue(Wish(name="City Root", ca=True)).certificate
    (home / "trust.pem").write_bytes(root.public_bytes(Encoding.PEM))


class TestFitForMode:
    """What a production service refuses to start with."""

    def test_a_demonstration_is_fit_to_be_one(self, sqlite_world: World) -> None:
        sqlite_world.services.require_fit_for_mode()

    def test_a_demonstration_root_is_refused(self, sqlite_world: World) -> None:
        services = Services(read_settings(sqlite_world.home, **PRODUCTION), FixedClock(NOW))
        with pytest.raises(SettingsInvalidError):
            services.require_fit_for_mode()
        services.close()

    def test_the_demonstration_district_is_refused(self, sqlite_world: World) -> None:
        trust_a_root_that_is_no_stand_in(sqlite_world.home)
        services = Services(read_settings(sqlite_world.home, **PRODUCTION), FixedClock(NOW))
        with pytest.raises(FictionalUnitError):
            services.require_fit_for_mode()
        services.close()

    def test_a_seal_with_a_demonstration_certificate_is_refused(self, sqlite_world: World) -> None:
        trust_a_root_that_is_no_stand_in(sqlite_world.home)
        services = Services(read_settings(sqlite_world.home, **PRODUCTION), FixedClock(NOW))
        with services.database.transaction() as session:
            session.execute(text("DELETE FROM holder_accounts"))
            session.execute(text("UPDATE units SET area_code = '110101'"))
        with pytest.raises(SealOfDemonstrationError):
            services.require_fit_for_mode()
        services.close()

    def test_a_holder_with_a_password_is_refused(self, tmp_path: Path) -> None:
        trust_a_root_that_is_no_stand_in(tmp_path)
        services = Services(read_settings(tmp_path, **PRODUCTION), FixedClock(NOW))
        migrate(services.database)
        services.require_fit_for_mode()
        with services.database.transaction() as session:
            holder = HolderCode(value="11010519491231002X")
            register_holder_account(session, holder=holder, name="青小禾", password="right")
        with pytest.raises(HolderPasswordsError):
            services.require_fit_for_mode()
        services.close()


def test_a_lost_demonstration_pki_is_not_made_anew_behind_the_seals(sqlite_world: World) -> None:
    shutil.rmtree(sqlite_world.home / "pki")
    with pytest.raises(DevelopmentPkiError):
        _ = sqlite_world.services.timestamp_authority
    assert not (sqlite_world.home / "pki").exists()
