"""Messages between the service and the processes that hold token sessions.

* One message is four bytes of length and a JSON object; octets travel as hexadecimal.
* Nothing is unpickled: what runs in the other process is the token maker's code.
"""

import json
import socket
import time
from typing import Any

Message = dict[str, Any]
_LENGTH_BYTES = 4
_SIZE_LIMIT = 1 << 20


class ChannelLostError(Exception):
    """The other side is gone, or says something that is no message."""


def send(channel: socket.socket, message: Message) -> None:
    """Send one message.

    Raises:
        ChannelLostError: The other side is gone.
        TimeoutError: It does not read.
    """
    body = json.dumps(message, ensure_ascii=False).encode()
    try:
        channel.sendall(len(body).to_bytes(_LENGTH_BYTES, "big") + body)
    except TimeoutError:
        raise
    except OSError as error:
        raise ChannelLostError from error


def receive(channel: socket.socket, *, deadline: float | None = None) -> Message:
    """Receive one message.

    Args:
        channel: The socket.
        deadline: Instant of :func:`time.monotonic` to wait until; for ever, if None.

    Raises:
        ChannelLostError: The other side is gone, or its message is malformed.
        TimeoutError: The deadline passed.
    """
    size = int.from_bytes(_read(channel, _LENGTH_BYTES, deadline), "big")
    if size > _SIZE_LIMIT:
        raise ChannelLostError
    try:
        message = json.loads(_read(channel, size, deadline))
    except ValueError as error:
        raise ChannelLostError from error
    if not isinstance(message, dict):
        raise ChannelLostError
    return message


def _read(channel: socket.socket, size: int, deadline: float | None) -> bytes:
    found = bytearray()
    while len(found) < size:
        if deadline is not None:
            channel.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            part = channel.recv(size - len(found))
        except TimeoutError:
            raise
        except OSError as error:
            raise ChannelLostError from error
        if not part:
            raise ChannelLostError
        found += part
    return bytes(found)
