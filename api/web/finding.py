"""Finding records, seals, batches and codes by a number, or by the name of a seal.

- What is typed says itself what it is: an identifier has dots in it, a copy has 20 characters, a
  holder's number the form of one.
- Every room answers for itself what the actor may see; what is not theirs does not exist.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from api.shared.sentences import sentence
from api.web.visits import Visit
from certsvc.certificates.batches.errors import BatchUnknownError
from certsvc.certificates.batches.service import get_batch
from certsvc.certificates.extraction.record_search import UseLine, search_records
from certsvc.certificates.extraction.rules import fault_of_verify_code, normalise_verify_code
from certsvc.foundation.codes.credit_code import is_credit_code
from certsvc.foundation.codes.errors import HolderCodeInvalidError
from certsvc.foundation.codes.holder import HolderCode, HolderCodeType, normalise_code
from certsvc.foundation.errors import InvalidInputError
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from certsvc.people.rights.rules import Permission, may
from certsvc.sealing.register.views import list_seals

LONGEST = 140
_MARK = "."
_COPY_LENGTH = 20


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A thing that was found."""

    kind: str
    """`record`, `seal`, `batch` or `code`."""
    address: str
    """Its page."""
    title: str
    """What it is called."""
    about: str = field(default="", repr=False)
    """Whom it is about, masked."""
    use: str = ""
    """What it was made for."""
    number: str = ""
    """Its number."""
    state: str = ""
    """How it stands, in words."""
    tone: str = ""
    """Class of its state."""


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What came of a search."""

    found: list[Finding]
    """All of it."""
    are_more: bool = False
    """Whether there is more than is shown."""


def find_everything(visit: Visit, typed: str) -> Findings:
    """Find what the actor may see by what they typed; a search for records is logged."""
    records, are_more = _records(visit, typed)
    others = [*_seals(visit, typed), *_batches(visit, typed), *_codes(typed, visit)]
    return Findings(found=[*records, *others], are_more=are_more)


def _records(visit: Visit, typed: str) -> tuple[list[Finding], bool]:
    plain = normalise_code(typed)
    holder = _holder(plain)
    is_paper = _MARK in plain or len(plain.replace("-", "")) == _COPY_LENGTH
    if not may(visit.actor, Permission.READ_RECORDS) or not (is_paper or holder):
        return [], False
    try:
        with visit.transaction() as session:
            found = search_records(
                session,
                paper=typed if is_paper else "",
                holder=holder,
                holder_key=visit.services.holder_key,
                actor=visit.actor,
                now=visit.now,
            )
    except InvalidInputError:  # an identifier that is none finds nothing
        return [], False
    return [
        Finding(
            kind="record",
            address=f"/records/{record.identifier}",
            title=name_in(visit.language, record.type_name, record.type_name_en),
            about=f"{record.holder_name} {record.holder_code}",
            use=_words_of(record.uses, visit.language),
            number=record.identifier,
            state=sentence(f"word.record_state.{record.state}", visit.language),
            tone=f"record-{record.state}",
        )
        for record in found.records
    ], found.are_more


def _words_of(uses: Sequence[UseLine], language: Language) -> str:
    between = "；" if language is Language.ZH else "; "
    return between.join(
        f"{name_in(language, use.matter, use.matter_en)} · {use.purpose}" for use in uses
    )


def _holder(plain: str) -> HolderCode | None:
    kind = HolderCodeType.IDENTITY_NUMBER
    for each in (kind, HolderCodeType.CREDIT_CODE):
        if each is HolderCodeType.CREDIT_CODE and not is_credit_code(plain):
            return None
        try:
            return HolderCode(value=plain, kind=each)
        except HolderCodeInvalidError:
            continue
    return None


def _seals(visit: Visit, typed: str) -> Iterator[Finding]:
    if not may(visit.actor, Permission.READ_SEALS):
        return
    words = typed.casefold().split()
    with visit.reading() as session:
        for seal in list_seals(session, actor=visit.actor, now=visit.now):
            if all(word in f"{seal.id}\n{seal.name}".casefold() for word in words):
                yield Finding(
                    kind="seal",
                    address=f"/seals/{seal.id}",
                    title=seal.name,
                    use=sentence(f"word.route.{seal.route}", visit.language),
                    number=seal.id,
                    state=sentence(f"word.state.{seal.state}", visit.language),
                    tone=f"seal-{seal.state}",
                )


def _batches(visit: Visit, typed: str) -> Iterator[Finding]:
    if not may(visit.actor, Permission.ISSUE):
        return
    try:
        with visit.reading() as session:
            batch = get_batch(session, typed.upper(), actor=visit.actor)
            number, state = batch.id, batch.state
    except BatchUnknownError:
        return
    yield Finding(
        kind="batch",
        address=f"/batches/{number}",
        title=sentence("page.batch.title", visit.language, {"id": number}),
        number=number,
        state=sentence(f"batches.batch-state.{state}", visit.language),
        tone=f"batch-{state}",
    )


def _codes(typed: str, visit: Visit) -> Iterator[Finding]:
    code = normalise_verify_code(typed)
    if not fault_of_verify_code(code):
        yield Finding(
            kind="code",
            address=f"/v/{code}",
            title=sentence("page.search.code", visit.language),
            number=code,
        )
