"""A child process with one token session: started, asked, and killed when it hangs.

* A call into a token maker's library cannot be interrupted; the process it runs in can be killed.
* A library that crashes takes its own process along, never the service.
* The PIN goes through a socket pair, not through arguments, environment or a file.
"""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from typing_extensions import override

from keys.passphrases import environment_without_secrets
from keys.token_messages import ChannelLostError, Message, receive, send

_TREE = Path(__file__).resolve().parent.parent


class TokenProcess:
    """One session, in one process; one thread uses it at a time."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair()
        with theirs:
            path = os.pathsep.join([str(_TREE), *filter(None, [os.environ.get("PYTHONPATH")])])
            self._process = subprocess.Popen(  # noqa: S603  our own module, no shell
                [sys.executable, "-P", "-m", "keys.token_worker", str(theirs.fileno())],
                stdin=subprocess.PIPE,  # never written to: its end tells the child that we died
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment_without_secrets() | {"PYTHONPATH": path},
            )

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def ask(self, request: Message, *, timeout_s: float) -> Message:
        """Put one request and wait for its answer.

        Raises:
            ChannelLostError: The process died.
            TimeoutError: No answer in time; the process must be killed.
        """
        deadline = time.monotonic() + timeout_s
        self._channel.settimeout(timeout_s)
        send(self._channel, request)
        return receive(self._channel, deadline=deadline)

    def is_alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once, whatever the library is doing."""
        self._process.kill()
        self.forget()
        self._process.wait()

    def forget(self) -> None:
        """Close our ends alone: what a forked child does with its parent's processes."""
        self._channel.close()
        if self._process.stdin:
            self._process.stdin.close()

    @override
    def __repr__(self) -> str:
        return f"TokenProcess(pid={self.pid})"


__all__ = ["ChannelLostError", "Message", "TokenProcess"]
