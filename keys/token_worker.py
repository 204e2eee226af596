"""The process that holds one session with a token: reads requests, answers them, one at a time.

* It is started by :mod:`keys.token_process` and ends with whoever started it.
* One thread alone calls the token maker's library, so the library need not be thread-safe.
* It loads nothing but the PKCS#11 binding: it takes 30 ms to be ready.
"""

import os
import socket
import sys
from threading import Thread

from pkcs11.exceptions import PKCS11Error

from keys.token_messages import ChannelLostError, Message, receive, send
from keys.token_session import TokenRefusal, TokenSession


def main() -> None:
    """Answer requests on the socket whose number is the first argument."""
    Thread(target=_end_with_parent, daemon=True).start()
    channel = socket.socket(fileno=int(sys.argv[1]))
    session = TokenSession()
    try:
        while True:
            send(channel, _answer(session, receive(channel)))
    except ChannelLostError:
        return


def _end_with_parent() -> None:
    # The library may hang in the other thread; standard input ends when the parent does.
    sys.stdin.buffer.read()
    os._exit(0)


def _answer(session: TokenSession, request: Message) -> Message:
    try:
        return session.carry_out(request)
    except TokenRefusal as refusal:
        return {"error": refusal.kind}
    except PKCS11Error as error:
        return {"error": type(error).__name__}
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AttributeError) as error:
        # A library that is missing or broken, or attributes that make no sense.
        return {"error": f"Unusable{type(error).__name__}"}


if __name__ == "__main__":
    main()
