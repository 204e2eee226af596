"""A real PKCS#11 token: SoftHSM 2 from Debian, with a folder of its own."""

import atexit
import secrets
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
        self.label = f"seal {secrets.token_hex(4)}"
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

    def generate(self, *algorithms: SignatureAlgorithm) -> None:
        """Make a key of each algorithm, named after it; after `use`."""
        with self.administration() as administration:
            for algorithm in algorithms:
                administration.generate(algorithm, label=algorithm.value)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let the library find it."""
        monkeypatch.setenv("SOFTHSM2_CONF", str(self.configuration))


class Trouble:
    """A library that is SoftHSM until told otherwise; see troubled_token.c."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.module = folder / "troubled_token.so"
        compiler, source = require_tool("gcc"), Path(__file__).with_name("troubled_token.c")
        subprocess.run(  # noqa: S603  a list, no shell
            [compiler, "-shared", "-fPIC", "-nostdlib", "-w", "-o", self.module, source], check=True
        )
        self._state, self._logins = folder / "trouble", folder / "logins"
        self._hangs = folder / "hangs"
        self._logins.touch()
        self._hangs.touch()
        monkeypatch.setenv("TOKEN_HANGS", str(self._hangs))
        monkeypatch.setenv("TOKEN_TROUBLE", str(self._state))
        monkeypatch.setenv("TOKEN_LOGINS", str(self._logins))
        self.end()

    def begin(self, kind: str) -> None:
        """Go wrong in this way from now on."""
        self._state.write_text(kind)

    def end(self) -> None:
        """Be SoftHSM again."""
        self._state.write_text("")

    @property
    def hangs(self) -> int:
        """How many calls hung, or still hang."""
        return len(self._hangs.read_bytes())

    @property
    def logins(self) -> int:
        """How often a PIN was put to the token."""
        return len(self._logins.read_bytes())


@cache
def full_token() -> SoftToken:
    """One for the whole run, with a key of every algorithm, named after it."""
    folder = tempfile.mkdtemp(prefix="token-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    token = SoftToken(Path(folder) / "full")
    with pytest.MonkeyPatch.context() as monkeypatch:
        token.use(monkeypatch)
        token.generate(*SignatureAlgorithm)
    return token
