"""`Idempotency-Key`: a repeated request gets the answer of the first one.

An endpoint that creates something asks for `RepeatableRequest` and lets it do the work::

    def create_reply(reply: Reply, once: Repeatable, call: InterfaceCall) -> RecordedReply:
        return once.create(
            reply,
            RecordedReply,
            lambda session: RecordedReply(reply=record_reply(session, ..., now=...)),
        )

The answer is kept for a day: it has numbers and addresses of what was created, never a secret and
nothing about a person.
"""

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from api.shared.calls import Call
from api.shared.requests import InterfaceCall
from certsvc.foundation.idempotency.rules import KeptAnswer, check_idempotency_key, keyed_request
from certsvc.foundation.idempotency.service import do_once

PURPOSE = "idempotency keys"
REPLAYED = "Idempotent-Replayed"
"""Header of an answer that was given before."""
Answer = TypeVar("Answer", bound=BaseModel)
IdempotencyKeyHeader = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        description="Chosen by the caller, new for each request; a repetition with the same key"
        " creates nothing and gets the same answer, for 24 hours at least. A key belongs to the"
        " log-in or system that sends it: a clerk and a system of one unit with the same key are"
        " two requests",
        examples=["8e03978e-40d5-43dd-bc93-6894a57f9324"],
    ),
]


def idempotency_key(value: IdempotencyKeyHeader) -> str:
    """Return the caller's key; in quotation marks, as structured fields have it, or without.

    Raises:
        IdempotencyKeyInvalidError: it is empty, too long, or not printable ASCII.
    """
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    key = value[1:-1] if quoted else value
    check_idempotency_key(key)
    return key


IdempotencyKey = Annotated[str, Depends(idempotency_key)]


class RepeatableRequest:
    """A request that creates something, once."""

    def __init__(self, request: Request, response: Response, call: Call, key: str) -> None:
        self._call, self._response = call, response
        self._key = key
        self._operation = f"{request.method} {request.url.path}"
        self.location: str | None = None
        """Address of what is created, for whoever does the work to set."""

    def create(
        self,
        content: BaseModel | bytes,
        kind: type[Answer],
        work: Callable[[Session], Answer],
    ) -> Answer:
        """Do the work in one transaction, or return what it answered before.

        The response gets the header `Location`, if there is one, and says whether it is a replay.

        Args:
            content: What is asked for: the body, or the digest of a file and its options.
            kind: Model of the answer.
            work: Creates it; may set `location`. Inside the given transaction and nowhere else.

        Raises:
            IdempotencyKeyReusedError: the key belongs to a different request.
            InProgressError: the same request is being worked on.
            LeaseLostError: the work took too long; nothing was created.
        """

        def work_and_keep(session: Session) -> KeptAnswer:
            answer = work(session)
            return KeptAnswer(body=answer.model_dump_json(), location=self.location)

        raw = content if isinstance(content, bytes) else content.model_dump_json().encode()
        kept = do_once(
            self._call.services.database,
            self._call.services.clock,
            keyed_request(
                self._call.services.log_in_secret.key_for(PURPOSE),
                caller=self._call.actor.id,
                key=self._key,
                operation=self._operation,
                content=raw,
            ),
            work_and_keep,
        )
        if kept.location:
            self._response.headers["Location"] = kept.location
        tell_replayed(self._response, is_replayed=kept.is_replayed)
        return kind.model_validate_json(kept.body)


def repeatable_request(
    request: Request, response: Response, call: InterfaceCall, key: IdempotencyKey
) -> RepeatableRequest:
    """Return the request as one that may be repeated."""
    return RepeatableRequest(request, response, call, key)


def tell_replayed(response: Response, *, is_replayed: bool) -> None:
    """Say in a header that an answer was given before."""
    if is_replayed:
        response.headers[REPLAYED] = "true"


Repeatable = Annotated[RepeatableRequest, Depends(repeatable_request)]
