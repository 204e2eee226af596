"""Settings, and that production refuses every stand-in."""

import shutil
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import text

from certsvc.bootstrap import Services
from certsvc.demonstration.world import write_demonstration_settings
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.db.migrate import migrate
from certsvc.foundation.settings import (
    DEMONSTRATION_NOTICE,
    ProxiesTooWideError,
    SettingsInvalidError,
    read_settings,
)
from certsvc.foundation.settings_handover import settings_as_line, settings_of_line
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.s3 import S3ObjectStore
from certsvc.people.accounts.production import FictionalUnitError, HolderPasswordsError
from certsvc.people.accounts.service import register_holder_account
from certsvc.sealing.register.errors import SealOfDemonstrationError
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


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "203.0.113.9/0", "128.0.0.0/1", "2000::/3", "::ffff:0:0/96"]
)
def test_production_lets_no_stranger_choose_an_address(tmp_path: Path, network: str) -> None:
    chosen = {"trusted_proxies": ["127.0.0.1", network]}
    with pytest.raises(ProxiesTooWideError) as caught:
        read_settings(tmp_path, **PRODUCTION, **chosen)
    assert caught.value.params["network"] == str(ip_network(network, strict=False))
    assert read_settings(tmp_path, mode="demonstration", **chosen).trusted_proxies


@pytest.mark.parametrize(
    "network", ["10.0.0.0/8", "172.16.0.0/12", "fd00:1:2::/48", "::1", "::ffff:a00:0/104"]
)
def test_production_takes_networks_that_can_be_its_own(tmp_path: Path, network: str) -> None:
    assert read_settings(tmp_path, **PRODUCTION, trusted_proxies=[network]).trusted_proxies


def test_production_refuses_the_demonstration_root(world: World) -> None:
    services = Services(read_settings(world.home, **PRODUCTION), FixedClock(NOW))
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

    def test_a_demonstration_is_fit_to_be_one(self, world: World) -> None:
        world.services.require_fit_for_mode()

    def test_a_demonstration_root_is_refused(self, world: World) -> None:
        services = Services(read_settings(world.home, **PRODUCTION), FixedClock(NOW))
        with pytest.raises(SettingsInvalidError):
            services.require_fit_for_mode()
        services.close()

    def test_the_demonstration_district_is_refused(self, world: World) -> None:
        trust_a_root_that_is_no_stand_in(world.home)
        services = Services(read_settings(world.home, **PRODUCTION), FixedClock(NOW))
        with pytest.raises(FictionalUnitError):
            services.require_fit_for_mode()
        services.close()

    def test_a_seal_with_a_demonstration_certificate_is_refused(self, world: World) -> None:
        trust_a_root_that_is_no_stand_in(world.home)
        services = Services(read_settings(world.home, **PRODUCTION), FixedClock(NOW))
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


def test_a_lost_demonstration_pki_is_not_made_anew_behind_the_seals(world: World) -> None:
    shutil.rmtree(world.home / "pki")
    with pytest.raises(DevelopmentPkiError):
        _ = world.services.timestamp_authority
    assert not (world.home / "pki").exists()


BUCKET = {
    "objects_url": "s3+https://files.example/certificates",
    "objects_access_key": "certsvc",
    "objects_secret_key": "not-to-be-shown",
}


class TestObjects:
    """Where sealed files are kept."""

    def test_a_bucket_is_chosen_by_its_address(self, tmp_path: Path) -> None:
        settings = read_settings(tmp_path, **PRODUCTION, **BUCKET)
        assert isinstance(Services(settings).store, S3ObjectStore)
        assert Services(settings).download_addresses is None
        folder = read_settings(tmp_path, **PRODUCTION)
        assert isinstance(Services(folder).store, FolderObjectStore)

    def test_direct_downloads_are_a_setting(self, tmp_path: Path) -> None:
        settings = read_settings(tmp_path, **PRODUCTION, **BUCKET, objects_direct_downloads=True)
        services = Services(settings)
        assert services.download_addresses is services.store

    def test_credentials_are_never_shown(self, tmp_path: Path) -> None:
        settings = read_settings(tmp_path, **PRODUCTION, **BUCKET)
        shown = f"{settings!r} {settings} {settings.model_dump_json()}"
        assert "not-to-be-shown" not in shown
        assert "'certsvc'" not in repr(settings)

    def test_the_secret_may_be_in_a_file(self, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("not-to-be-shown\n")
        chosen = BUCKET | {"objects_secret_key": "", "objects_secret_file": str(secret)}
        settings = read_settings(tmp_path, **PRODUCTION, **chosen)
        assert isinstance(Services(settings).store, S3ObjectStore)
        for content in (b"", b" \n", b"\xff"):
            secret.write_bytes(content)
            with pytest.raises(SettingsInvalidError) as caught:
                _ = Services(settings).store
            assert caught.value.params["setting"] == "objects_secret_file"

    @pytest.mark.parametrize(
        ("changes", "setting"),
        [
            ({"objects_url": ""}, "objects_url"),
            (
                {"objects_url": "", "objects_secret_key": "", "objects_retention_days": 1},
                "objects_url",
            ),
            ({"objects_url": "https://files.example/certificates"}, "objects_url"),
            ({"objects_url": "s3+https://files.example"}, "objects_url"),
            ({"objects_url": "s3+https://files.example/a/b"}, "objects_url"),
            ({"objects_url": "s3+https://me:secret@files.example/bucket"}, "objects_url"),
            ({"objects_url": "s3+https://files.example/bucket?x=1"}, "objects_url"),
            ({"objects_url": "s3+https://files.example:99999/bucket"}, "objects_url"),
            ({"objects_url": "s3+https://files.example/Bucket"}, "objects_url"),
            ({"objects_url": "s3+http://files.example/bucket"}, "objects_url"),
            ({"objects_url": "s3+http://127.0.0.1.example/bucket"}, "objects_url"),
            ({"objects_access_key": ""}, "objects_access_key"),
            ({"objects_secret_key": ""}, "objects_secret_key"),
            ({"objects_secret_file": "also"}, "objects_secret_key"),
            ({"objects_dir": "also"}, "objects_dir"),
            ({"objects_retention_days": 0}, "objects_retention_days"),
            ({"objects_timeout_s": 0}, "objects_timeout_s"),
        ],
    )
    def test_doubt_is_an_error(
        self, tmp_path: Path, changes: dict[str, object], setting: str
    ) -> None:
        with pytest.raises(SettingsInvalidError) as caught:
            read_settings(tmp_path, **PRODUCTION | BUCKET | changes)
        assert caught.value.params["setting"] == setting
        assert "secret" not in str(caught.value.params).replace(setting, "")

    def test_on_this_machine_nothing_needs_encryption(self, tmp_path: Path) -> None:
        for host in ("127.0.0.1:9000", "localhost", "[::1]:9000"):
            chosen = BUCKET | {"objects_url": f"s3+http://{host}/bucket"}
            assert read_settings(tmp_path, **PRODUCTION, **chosen).objects_url


def test_a_process_hands_every_setting_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = {
        "mode": "demonstration",
        "public_url": "http://127.0.0.1:8101",
        "objects_url": "s3+https://s3.example/bucket",
        "objects_access_key": "us",
        "objects_secret_key": "unseen",
        "timestamp_urls": ("https://tsa.example",),
    }
    settings = read_settings(tmp_path, **chosen)
    line = settings_as_line(settings)
    assert line.count(b"\n") == 1
    monkeypatch.setenv("CERTSVC_PUBLIC_URL", "http://elsewhere.example")
    monkeypatch.setenv("CERTSVC_BATCH_WORKERS", "7")
    assert settings_of_line(line).model_dump() == settings.model_dump()
    assert settings_of_line(line).objects_secret_key.get_secret_value() == "unseen"
