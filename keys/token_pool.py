"""The sessions of this process with one token.

* At most so many sessions as the limits say; a caller waits for a free one, but not for ever.
* A hung session is killed, and those behind it fail at once until the token works again.
* A lost session is replaced and the request put once more: a signature may be made twice.
* A PIN that the token refused is not tried again; mistakes would block the token.
* After a fork the child starts its own sessions; a session is never shared by two processes.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from threading import Lock

from keys.circuit_breaker import CircuitBreaker
from keys.errors import KeyGoneError, KeyPinWrongError, KeySlowError, SigningKeyError
from keys.passphrases import PassphraseSource
from keys.pkcs11_uri import TokenAddress, TokenLimits
from keys.provider_gate import ProviderGate
from keys.token_errors import error_of
from keys.token_messages import ChannelLostError, Message
from keys.token_process import TokenProcess


class TokenPool:
    """Sessions that sign; see :mod:`keys.token_administration` for the others."""

    def __init__(
        self,
        address: TokenAddress,
        *,
        pin: PassphraseSource,
        limits: TokenLimits,
        breaker: CircuitBreaker | None = None,
    ) -> None:
        self._address = address
        self._pin = pin
        self._limits = limits
        self._salt = secrets.token_bytes(16)
        self._refused_pin = b""
        self._make_breaker: Callable[[], CircuitBreaker] = (
            (lambda: breaker) if breaker else CircuitBreaker
        )
        self._abandoned: list[TokenProcess] = []
        self._reset()

    def ask(self, request: Message, *, name: str) -> Message:
        """Put a request that may be put twice to a session.

        Raises:
            KeySlowError: No answer in time, or the token is known not to answer.
            KeyGoneError: Token, library or key are gone, or known to be.
            KeyLockedError: No PIN, or the token refuses it.
            SigningKeyError: What else the token says; see :mod:`keys.token_errors`.
        """
        with self._gate.enter(name=name, timeout_s=self._limits.timeout_s):
            return self._ask_until_lost_twice(request, name)

    def close(self) -> None:
        """End the idle sessions; a later request starts new ones."""
        while process := self._take_idle():
            process.kill()

    def forget_after_fork(self) -> None:
        """In a forked child: drop the parent's sessions without closing them."""
        for process in self._idle:
            process.forget()
        # Kept, so that no destructor touches what is the parent's.
        self._abandoned += self._idle
        self._reset()

    @property
    def process_ids(self) -> list[int]:
        """Numbers of the idle sessions' processes."""
        return [process.pid for process in self._idle]

    def _reset(self) -> None:
        self._idle: list[TokenProcess] = []
        self._lock = Lock()
        self._login = Lock()
        self._gate = ProviderGate(places=self._limits.sessions, breaker=self._make_breaker())

    def _ask_until_lost_twice(self, request: Message, name: str) -> Message:
        try:
            return self._ask_once(request, name)
        except KeyGoneError:
            # Every idle session was lost with this one, if the token was pulled.
            self.close()
            return self._ask_once(request, name)

    def _ask_once(self, request: Message, name: str) -> Message:
        process = self._take_idle() or self._start(name)
        try:
            answer = self._exchange(process, request, name, self._limits.timeout_s)
        except (KeyGoneError, KeySlowError):
            process.kill()
            raise
        except SigningKeyError:
            self._put_back(process)
            raise
        self._put_back(process)
        return answer

    def _start(self, name: str) -> TokenProcess:
        # One at a time: the second waits to see whether the PIN of the first is right.
        if not self._login.acquire(timeout=self._limits.open_timeout_s):
            raise KeySlowError(name=name, timeout_s=round(self._limits.open_timeout_s))
        try:
            pin = self._pin.read(name=name)
            digest = hashlib.sha256(self._salt + (pin or b"")).digest()
            if digest == self._refused_pin:
                raise KeyPinWrongError(name=name)
            process = TokenProcess()
            try:
                self._exchange(
                    process,
                    opening(self._address, pin, writable=False),
                    name,
                    self._limits.open_timeout_s,
                )
            except SigningKeyError as error:
                process.kill()
                if isinstance(error, KeyPinWrongError):
                    self._refused_pin = digest
                raise
            return process
        finally:
            self._login.release()

    def _exchange(
        self, process: TokenProcess, request: Message, name: str, timeout_s: float
    ) -> Message:
        try:
            answer = process.ask(request, timeout_s=timeout_s)
        except TimeoutError as error:
            raise KeySlowError(name=name, timeout_s=round(timeout_s)) from error
        except ChannelLostError as error:
            raise KeyGoneError(name=name) from error
        if "error" in answer:
            raise error_of(str(answer["error"]), name=name)
        return answer

    def _take_idle(self) -> TokenProcess | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _put_back(self, process: TokenProcess) -> None:
        with self._lock:
            self._idle.append(process)


def opening(address: TokenAddress, pin: bytes | None, *, writable: bool) -> Message:
    """The first request to a session."""
    return {
        "do": "open",
        "module": os.fspath(address.module_path),
        "token": dict(address.token),
        "pin": None if pin is None else pin.decode(errors="replace"),
        "writable": writable,
    }
