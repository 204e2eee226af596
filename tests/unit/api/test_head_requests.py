"""HEAD is answered like GET, without a body, whatever the application sends."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from starlette.types import Receive, Scope, Send

from api.shared.head_requests import HeadRequests

Message = MutableMapping[str, Any]


async def greet(scope: Scope, _: Receive, send: Send) -> None:
    """An application that tells the method it sees, in two pieces."""
    scope["route"] = "greeting"
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-a", b"b")]})
    await send({"type": "http.response.body", "body": scope["method"].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b"!"})


def answered(scope: dict[str, Any]) -> list[Message]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(HeadRequests(greet)(scope, receive, send))
    return sent


def test_the_body_is_left_out_and_the_server_still_sees_head() -> None:
    scope = {"type": "http", "method": "HEAD"}
    sent = answered(scope)
    assert sent[0]["headers"] == [(b"x-a", b"b")]
    assert [message["body"] for message in sent[1:]] == [b"", b""]
    assert scope == {"type": "http", "method": "HEAD", "route": "greeting"}


def test_every_other_method_passes() -> None:
    sent = answered({"type": "http", "method": "GET"})
    assert [message["body"] for message in sent[1:]] == [b"GET", b"!"]
