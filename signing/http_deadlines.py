"""An end to an HTTP exchange as a whole.

* A client's own limits are for each read: a server that sends a byte now and then, while it is
  still in its headers, is within all of them for days.
* When the time is over the connection is shut down, and whoever reads from it gets an error.
"""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CONNECTED = ("connection.connect_tcp.complete", "connection.start_tls.complete")

Trace = Callable[[str, Mapping[str, Any]], None]


@contextlib.contextmanager
def exchange_within(limit_s: float) -> Iterator[dict[str, Trace]]:
    """Bound what is done inside; give what is yielded to the request as its extensions.

    Args:
        limit_s: Seconds from now.
    """
    connected: list[socket.socket] = []

    def trace(event: str, info: Mapping[str, Any]) -> None:
        if event in _CONNECTED:
            connected.append(info["return_value"].get_extra_info("socket"))

    def cut() -> None:
        for connection in connected:
            with contextlib.suppress(OSError):  # ended already, or it has become a TLS connection
                connection.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(limit_s, cut)
    timer.daemon = True
    timer.start()
    try:
        yield {"trace": trace}
    finally:
        timer.cancel()
