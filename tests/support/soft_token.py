"""A real PKCS#11 token: SoftHSM 2 from Debian, with a folder of its own."""

import atexit
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import quote

import pytest

from keys.algorithms import SignatureAlgorithm
from keys.passphrases import GivenPassphrase
from keys.pkcs11_uri import TokenAddress
from keys.token_administration import TokenAdministration
from tests.support.tools import missing, require_tool

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, SO_PIN = "246810", "13579111"
_CONFIGURATION = "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n"


class SoftToken:
    """An initialised token; `SOFTHSM2_CONF` must name its `configuration`."""

    def __init__(self, folder: Path, *, module: Path = MODULE) -> None:
        if not MODULE.exists():
            missing("SoftHSM is missing: apt-get install softhsm2")
        self.folder = folder
        self.module = module
        self.tokens = folder / "tokens"
        self.tokens.mkdir(parents=True)
        self.configuration = folder / "softhsm2.conf"
        self.configuration.write_text(_CONFIGURATION.format(self.tokens))
        self.pin_file = folder / "pin"
        self.pin_file.write_text(PIN + "\n")
        self.label = f"seal {folder.name}"
        self.run("--init-token", "--free", "--label", self.label, "--pin", PIN, "--so-pin", SO_PIN)

    def run(self, *arguments: str) -> None:
        """Run SoftHSM's own tool."""
        subprocess.run(  # noqa: S603  a list, no shell
            [require_tool("softhsm2-util"), *arguments],
            check=True,
            capture_output=True,
            timeout=60,
            env={"SOFTHSM2_CONF": str(self.configuration)},
        )

    @property
    def address(self) -> TokenAddress:
        return TokenAddress(module_path=str(self.module), token=(("token", self.label),))

    def uri(self, label: str, **parameters: str) -> str:
        """The URI of a key on it."""
        given = {"module-path": str(self.module), "pin-source": f"file:{self.pin_file}"}
        query = "&".join(f"{name}={value}" for name, value in (given | parameters).items() if value)
        return f"pkcs11:token={quote(self.label)};object={label};type=private?{query}"

    def administration(self) -> TokenAdministration:
        """A writable session with it."""
        return TokenAdministration(
            self.address, pin=GivenPassphrase(passphrase=PIN), name=self.label
        )

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the library find it."""
        monkeypatch.setenv("SOFTHSM2_CONF", str(self.configuration))


def made_with(token: SoftToken, *algorithms: SignatureAlgorithm) -> SoftToken:
    """The token with a key of each algorithm, named after it; SOFTHSM2_CONF names it already."""
    with token.administration() as administration:
        for algorithm in algorithms:
            administration.generate(algorithm, label=algorithm.value)
    return token


@cache
def full_token() -> SoftToken:
    """One for the whole run with a key of every algorithm; SOFTHSM2_CONF must be set by `use`."""
    folder = tempfile.mkdtemp(prefix="token-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return SoftToken(Path(folder))
