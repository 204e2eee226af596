"""Settings: from `settings.toml` in the home folder and `CERTSVC_…` variables, checked once.

- Variables win over the file. What neither names has a default for embedded use.
- Production refuses every stand-in: a demonstration root, an in-process timestamp authority,
  plain HTTP in QR codes.
"""

import os
import re
import tomllib
from ipaddress import IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.storage.address import BucketAddress
from keys.errors import KeyUriInvalidError
from keys.uri import require_key_uri
from signing.levels import Level

SETTINGS_FILE = "settings.toml"
_DEFAULT_HOME = Path("var")
_PACKAGED_PACKS = Path(__file__).resolve().parents[2] / "templates" / "packs"
_DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}
_KEY_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_LONGEST_KEY_ADDRESS = 500  # what the register of seals keeps
_WIDEST = {4: 8, 6: 16}
"""Shortest prefixes of networks whose machines can all be ours: RFC 1918 has a /8, RFC 4193 a /7
of which a site takes a /48."""
_MAPPED = IPv6Network("::ffff:0:0/96")
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}
_NO_BLANK = re.compile(r"[!-~]+")
DEMONSTRATION_NOTICE = "演示环境签发，不具有法律效力"


class SettingsInvalidError(InvalidInputError):
    """A setting is unknown or malformed, or production is asked for with a stand-in."""

    code = "settings.invalid"


class ProxiesTooWideError(SettingsInvalidError):
    """Production is told to trust a network that strangers are in. Params: `network`."""

    code = "settings.proxies-too-wide"


class Settings(BaseSettings):
    """All settings of an installation."""

    model_config = SettingsConfigDict(
        env_prefix="CERTSVC_",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,  # a value may be a password
    )

    home: Path = _DEFAULT_HOME
    """Folder with everything this installation keeps."""
    mode: Literal["demonstration", "production"] = "production"
    """Whether stand-ins are allowed; they announce themselves on every face."""
    public_url: str = "http://127.0.0.1:8000"
    """Where people reach the verify pages; stands in every QR code. Slashes at its end are cut."""
    database_url: str = Field(default="", repr=False)
    """SQLAlchemy URL, `sqlite` or `postgresql+psycopg`; a SQLite file in the home folder if empty.

    It may hold a password, so it is never shown.
    """
    objects_dir: Path | None = None
    """Folder of the object store; `objects` in the home folder if not set."""
    objects_url: str = ""
    """Bucket of an S3 server instead, `s3+https://host[:port]/bucket`; it has to be there."""
    objects_access_key: str = Field(default="", repr=False)
    """Name of our account at that server."""
    objects_secret_key: SecretStr = SecretStr("")
    """Its secret; better in a variable or in `objects_secret_file` than in `settings.toml`."""
    objects_secret_file: Path | None = None
    """File with the secret alone, as systemd and containers hand one over."""
    objects_region: str = "us-east-1"
    """Region that requests are signed for."""
    objects_timeout_s: float = Field(default=10.0, gt=0)
    """Connect timeout and read timeout for the server."""
    objects_retention_days: int | None = Field(default=None, gt=0)
    """How long the server must let nobody delete an object; the bucket needs object lock."""
    objects_direct_downloads: bool = False
    """Whether files are fetched from the S3 server itself, by an address that soon runs out."""
    packs_dir: Path = _PACKAGED_PACKS
    """Folder with the template packs."""
    fonts_dir: Path | None = None
    """Folder with the fonts; `fonts` in the home folder if not set."""
    sources_file: Path | None = None
    """Description of the connected databases; `sources.toml` in the home folder if not set."""
    trust_file: Path | None = None
    """PEM file of the roots to trust; `trust.pem` in the home folder if not set."""
    seal_level: Literal["B-T", "B-LT", "B-LTA"] = "B-LT"
    """Level of every seal (ETSI EN 319 142-1); from B-LT on, revocation data is fetched from where
    the certificates say, and nothing is sealed without it."""
    timestamp_urls: tuple[str, ...] = ()
    """RFC 3161 timestamp authorities, the preferred first; the demonstration one is in this
    process."""
    timestamp_policy: str | None = Field(default=None, pattern=r"^[0-2](\.(0|[1-9]\d*))+$")
    """Object identifier of the policy that timestamps must be under; any if not set."""
    timestamp_timeout_s: float = Field(default=10.0, gt=0)
    """How long to wait for the authority."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks of the web servers in front of this one, whose `X-Forwarded-For` says
    where a request comes from; nobody else's is believed."""
    answer_key_uri: str = Field(default="", repr=False)
    """Key that signs answers about seals; see `keys.open_key`. Made in the home folder if empty."""
    key_offers: dict[str, str] = Field(default_factory=dict, repr=False)
    """Keys that seals may be given besides those of `certsvc keys`: addresses by name, see
    `keys.open_key`. Where a library, a PIN or a secret lies is said here and nowhere else."""
    oidc_issuer: str = ""
    """Identity platform that staff may log in through (OpenID Connect), as it names itself; none if
    empty. Its https address; http is for demonstrations."""
    oidc_client_id: str = ""
    """How the platform knows this installation."""
    oidc_client_secret_file: Path | None = None
    """File with the installation's secret there, on one line."""
    mail_host: str = ""
    """SMTP server that takes our mail; no mail is sent if empty."""
    mail_port: int = Field(default=587, gt=0, lt=65536)
    """Its port."""
    mail_tls: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection to it is encrypted; `none` for a server on this machine."""
    mail_ca_file: Path | None = None
    """PEM file of the authorities to trust there, instead of the machine's."""
    mail_sender: str = Field(default="", pattern=r"^([!-?A-~]+@[!-?A-~]+)?$")
    """Address that our mail comes from."""
    mail_account: str = ""
    """Name of our account at that server; none if empty."""
    mail_password_file: Path | None = None
    """File with the account's password, on one line."""
    sms_gateway: Literal["", "development"] = ""
    """Gateway for short messages; `development` sends none and is for demonstrations."""
    upload_max_bytes: int = Field(default=20 * 1024 * 1024, gt=0)
    """Largest file that is taken for an authenticity check."""

    record_ends_by_two: bool = True
    """Whether 撤销 and 注销 of a record, which cannot be undone, take two people."""
    batch_workers: int = Field(default=1, ge=0, le=64)
    """Processes that `certsvc serve` runs for jobs; each works on one row of a batch at a time."""

    housekeeping_interval_s: float = Field(default=600.0, ge=1, le=86400)
    """Interval of the maintenance chores, such as stopping due seals and deleting expired rows."""

    @field_validator("public_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        return _web_address(value)

    @field_validator("oidc_issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        if value and set(_web_address(value)) & {"?", "#"}:
            raise ValueError("oidc_issuer")
        return value  # as it is: the platform's own spelling is compared

    @field_validator("key_offers")
    @classmethod
    def _are_key_addresses(cls, value: dict[str, str]) -> dict[str, str]:
        for name, uri in value.items():
            if not _KEY_NAME.fullmatch(name) or len(uri) > _LONGEST_KEY_ADDRESS:
                raise ValueError("key_offers")
            try:
                require_key_uri(uri)
            except KeyUriInvalidError as error:
                raise ValueError("key_offers") from error
        return value

    @field_validator("timestamp_urls")
    @classmethod
    def _are_web_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_web_address, value))

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(each, strict=False)) for each in value)

    @field_validator("public_url")
    @classmethod
    def _ends_without_slash(cls, value: str) -> str:
        if set(value) & {"?", "#"}:
            raise ValueError("public_url")
        return value.rstrip("/")

    @field_validator("database_url")
    @classmethod
    def _has_known_engine(cls, value: str) -> str:
        if not value:
            return value
        # Loaded for an address alone: a file is checked without any database.
        from sqlalchemy import make_url  # noqa: PLC0415
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

        try:
            known = make_url(value).drivername in _DRIVERS
        except ArgumentError as error:
            raise ValueError("database_url") from error
        if not known:
            raise ValueError("database_url")
        return value

    @field_validator("objects_url")
    @classmethod
    def _is_bucket(cls, value: str) -> str:
        if value:
            BucketAddress.parse(value)
        return value

    @model_validator(mode="after")
    def _objects_are_in_one_place(self) -> Self:
        secrets = [bool(self.objects_secret_key.get_secret_value()), bool(self.objects_secret_file)]
        if not self.objects_url:
            if any(secrets) or self.objects_direct_downloads or self.objects_retention_days:
                raise ValueError("objects_url")
            return self
        if self.objects_dir:
            raise ValueError("objects_dir")
        if not self.objects_access_key:
            raise ValueError("objects_access_key")
        if sum(secrets) != 1:
            raise ValueError("objects_secret_key")
        return self

    @model_validator(mode="after")
    def _production_encrypts_what_leaves_the_machine(self) -> Self:
        if self.mode == "production" and self.objects_url:
            address = BucketAddress.parse(self.objects_url)
            if not address.secure and not address.loopback:
                raise ValueError("objects_url")
        return self

    @model_validator(mode="after")
    def _production_has_no_stand_ins(self) -> Self:
        if self.mode == "production" and not self.timestamp_urls:
            raise ValueError("timestamp_urls")
        if self.mode == "production" and not self.public_url.startswith("https://"):
            raise ValueError("public_url")
        return self

    @model_validator(mode="after")
    def _mail_is_whole(self) -> Self:
        if bool(self.mail_host) != bool(self.mail_sender):
            raise ValueError("mail_sender" if self.mail_host else "mail_host")
        if bool(self.mail_account) != bool(self.mail_password_file):
            raise ValueError("mail_password_file" if self.mail_account else "mail_account")
        return self

    @model_validator(mode="after")
    def _production_tells_people_safely(self) -> Self:
        if self.mode != "production":
            return self
        if self.sms_gateway == "development":
            raise ValueError("sms_gateway")
        if self.mail_host and self.mail_tls == "none" and self.mail_host not in _THIS_MACHINE:
            raise ValueError("mail_tls")
        return self

    @model_validator(mode="after")
    def _production_believes_no_strangers(self) -> Self:
        wide = next(filter(_is_too_wide, self.trusted_proxies), None)
        if self.mode == "production" and wide:
            raise PydanticCustomError("too-wide", "trusted_proxies", {"network": wide})
        return self

    @model_validator(mode="after")
    def _platform_is_whole(self) -> Self:
        given = [self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret_file]
        if any(given) and not all(given):
            raise ValueError("oidc_client_id" if self.oidc_issuer else "oidc_issuer")
        is_open = self.oidc_issuer.startswith("http:")
        if self.mode == "production" and is_open:
            raise ValueError("oidc_issuer")
        return self

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        home = Path(init_settings()["home"])
        toml = TomlConfigSettingsSource(settings_cls, home / SETTINGS_FILE)
        return init_settings, env_settings, toml

    @property
    def effective_database_url(self) -> str:
        """The URL of the database."""
        return self.database_url or f"sqlite:///{(self.home / 'certsvc.db').absolute()}"

    def in_home(self, chosen: Path | None, name: str) -> Path:
        """Return the chosen path, or the one of this name in the home folder."""
        return chosen or self.home / name

    @property
    def level(self) -> Level:
        """The level of every seal."""
        return Level[self.seal_level.replace("-", "_")]

    @property
    def notice(self) -> str | None:
        """Words printed on every face; None in production."""
        return DEMONSTRATION_NOTICE if self.mode == "demonstration" else None


def _is_too_wide(network: str) -> bool:
    """Whether nobody can run all machines of a network: they could give themselves any address."""
    found = ip_network(network)
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        return found.prefixlen - _MAPPED.prefixlen < _WIDEST[4]
    return found.prefixlen < _WIDEST[found.version]


def _web_address(text: str) -> str:
    """Return an address with scheme and host in small letters.

    Raises:
        ValueError: it is none of http or https, or has a blank or a password in it.
    """
    parts = urlsplit(text)
    malformed = parts.hostname is None or parts.username is not None or parts.port == 0
    if malformed or parts.scheme not in {"http", "https"} or not _NO_BLANK.fullmatch(text):
        raise ValueError("url")
    return parts._replace(netloc=parts.netloc.lower()).geturl()


def read_settings(home: Path | None = None, **chosen: Any) -> Settings:  # noqa: ANN401  any setting
    """Read the settings of an installation.

    Args:
        home: Folder of the installation; `CERTSVC_HOME`, or `var`, if not given.
        chosen: Settings that win over file and variables.

    Raises:
        SettingsInvalidError: names the first setting that is wrong.
    """
    folder = home or Path(os.environ.get("CERTSVC_HOME") or _DEFAULT_HOME)
    try:
        return Settings(home=folder, **chosen)
    except ValidationError as error:
        first = error.errors()[0]
        if first["type"] == "too-wide":
            raise ProxiesTooWideError(
                setting="trusted_proxies", file=str(folder / SETTINGS_FILE), **first["ctx"]
            ) from error
        name = ".".join(map(str, first["loc"])) or str(first["msg"]).rsplit(" ", 1)[-1]
        raise SettingsInvalidError(setting=name, file=str(folder / SETTINGS_FILE)) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsInvalidError(setting="-", file=str(folder / SETTINGS_FILE)) from error
