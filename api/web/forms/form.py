"""The base of all forms: reading one, checking all of it at once, and doing what it asks for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from api.shared.sentences import KNOWN_ERRORS, KnownError, sentence
from api.web.forms.faults import Fault, fault_of_error, faults_of_values
from api.web.forms.fields import Entry, Widget
from api.web.forms.kept import Keeper
from api.web.forms.origin import OwnOrigin
from api.web.forms.raw import KEPT, KEPT_FILE, RawForm, Upload, raw_of_pairs, read_raw
from api.web.visits import PageVisit, Visit

_FILE_PURPOSE, FORM_PURPOSE = "file", "form"
_MANY = (Widget.TICKS,)


class Form(BaseModel):
    """Fields of a form; each is annotated with how it is shown."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", str_strip_whitespace=True, arbitrary_types_allowed=True
    )
    once: Annotated[str, Entry(widget=Widget.HIDDEN, sent_as="key")] = ""
    """Idempotency key of the page that the form stood on."""
    FAULTS_AT: ClassVar[Mapping[type[Exception], str]] = {}
    """Field beside which an error of the service stands, where the error names none itself."""
    RENAMED: ClassVar[Mapping[str, str]] = {}
    """Our field for an entry that an error of the service names."""

    @classmethod
    def entries(cls) -> dict[str, Entry]:
        """Return how each field is shown, in the order of the form."""
        return {
            name: next(each for each in info.metadata if isinstance(each, Entry))
            for name, info in cls.model_fields.items()
        }

    @classmethod
    def field_of(cls, error: KnownError) -> str | None:
        """Return the field that an error of the service is about; None: the form as a whole."""
        named = str(error.params.get("entry") or error.params.get("field") or "")
        named = cls.RENAMED.get(named, named)
        for name, entry in cls.entries().items():
            if named == (entry.sent_as or name):
                return name
        kinds = (each for each in type(error).__mro__ if each in cls.FAULTS_AT)
        return next((cls.FAULTS_AT[kind] for kind in kinds), None)

    @classmethod
    def tidy(cls, raw: RawForm) -> RawForm:
        """Bring what was sent into shape before it is looked at; for a form that needs it."""
        return raw

    @classmethod
    async def read(cls, visit: PageVisit, _: OwnOrigin) -> "Sent[Self]":
        """Read a form that was posted; a dependency of an endpoint.

        Raises:
            ForeignOriginError: it is not from our own pages.
            MediaTypeUnsupportedError: the body is no form.
            BodyMalformedError: it cannot be read.
        """
        raw = await read_raw(visit.request)
        if KEPT in raw.texts:
            return _resumed(cls, raw.one(KEPT), visit)
        return sent(cls, _with_kept_files(cls, raw, visit), visit)

    @classmethod
    async def read_query(cls, visit: PageVisit) -> "Sent[Self]":
        """Read a form from the query of the address; a dependency of an endpoint."""
        return sent(cls, raw_of_pairs(visit.request.query_params.multi_items()), visit)


F = TypeVar("F", bound=Form)
P = TypeVar("P", bound=Form)


@dataclass(frozen=True, kw_only=True)
class Sent(Generic[F]):
    """A form that somebody sent."""

    kind: type[F]
    """Which one."""
    raw: RawForm
    """What was typed, for showing it again."""
    values: F | None
    """What it says; None if something is wrong with it."""
    faults: tuple[Fault, ...] = ()
    """What is wrong, in the order of the form; one for each field at most."""
    is_kept: bool = False
    """Whether it was sent before a log-in that ran out: it is shown again, and nothing is done."""

    @property
    def status(self) -> int:
        """HTTP status of a page that shows it."""
        return self.faults[0].status if self.faults else HTTPStatus.OK

    def part(self, kind: type[P]) -> P | None:
        """Return what a part of the form says, which may be whole where another is not."""
        try:
            return kind.model_validate(_values(kind, self.raw))
        except ValidationError:
            return None

    def without_faults(self) -> "Sent[F]":
        """Return the form as something that is only looked at."""
        return replace(self, faults=())

    def checked(self, visit: Visit, *checks: Callable[[], object]) -> "Sent[F]":
        """Return the form with what the service says of it, beside what was wrong before.

        Every check is made, also after one that failed; a field has one fault at most.
        """
        if self.is_kept:
            return self
        faults = {fault.field: fault for fault in self.faults}
        for check in checks:
            try:
                check()
            except KNOWN_ERRORS as error:
                fault = fault_of_error(error, self.kind.field_of(error), visit.language)
                faults.setdefault(fault.field, fault)
        order = list(self.kind.model_fields)
        found = sorted(
            faults.values(), key=lambda each: order.index(each.field) if each.field in order else -1
        )
        return replace(self, faults=tuple(found), values=None if found else self.values)

    def refused(self, error: KnownError, visit: Visit) -> "Sent[F]":
        """Return the form with what the service says against it."""
        fault = fault_of_error(error, self.kind.field_of(error), visit.language)
        return replace(self, values=None, faults=(fault,))


def sent(kind: type[F], raw: RawForm, visit: Visit) -> Sent[F]:
    """Say what a form means, and everything that is wrong with it."""
    raw = kind.tidy(raw)
    try:
        return Sent(kind=kind, raw=raw, values=kind.model_validate(_values(kind, raw)))
    except ValidationError as error:
        faults = faults_of_values(error, kind.entries(), visit.language)
        once = {fault.field: fault for fault in reversed(faults)}
        return Sent(kind=kind, raw=raw, values=None, faults=tuple(reversed(once.values())))


def answer(
    visit: Visit,
    sent: Sent[F],
    *,
    do: Callable[[F], str | Response],
    show: Callable[[Sent[F]], Response],
) -> Response:
    """Do what a form asks for; show it again, with everything that is wrong, if it cannot be.

    Args:
        visit: The request.
        sent: What was sent.
        do: Does it, and returns the address of the page that follows, or an answer of its own.
        show: Shows the form's page.
    """
    if sent.values is not None and not sent.is_kept:
        try:
            done = do(sent.values)
        except KNOWN_ERRORS as error:
            return show(sent.refused(error, visit))
        return visit.lead_to(done) if isinstance(done, str) else done
    return show(sent)


def keeper_of(visit: Visit) -> Keeper:
    """Return what seals and opens what pages keep."""
    return Keeper(visit.services.log_in_secret)


def keep_file(visit: Visit, name: str, upload: Upload) -> str:
    """Return a file as the page keeps it for its reader; empty if it is too large for that."""
    person, purpose = visit.actor.id, f"{_FILE_PURPOSE}:{name}"
    return keeper_of(visit).keep(upload.pack(), person=person, purpose=purpose, now=visit.now)


def _with_kept_files(kind: type[Form], raw: RawForm, visit: Visit) -> RawForm:
    """Return the form with the files that came back with the page, where no other was chosen."""
    kept = {}
    for name, entry in kind.entries().items():
        text = raw.one(KEPT_FILE + name)
        if entry.widget is not Widget.FILE or name in raw.files or not text:
            continue
        purpose = f"{_FILE_PURPOSE}:{name}"
        packed = keeper_of(visit).open(text, person=visit.actor.id, purpose=purpose, now=visit.now)
        if packed is not None:
            kept[name] = Upload.unpack(packed)
    return replace(raw, files={**raw.files, **kept})


def _resumed(kind: type[F], text: str, visit: Visit) -> Sent[F]:
    """Return a form that was kept through a log-in, for the same person at the same address."""
    packed = keeper_of(visit).open(text, person=visit.actor.id, purpose=FORM_PURPOSE, now=visit.now)
    if packed is not None:
        address, raw = RawForm.unpack(packed)
        if address == visit.request.url.path:
            whole = sent(kind, _with_kept_files(kind, raw, visit), visit)
            return replace(whole, faults=(), is_kept=True)
    gone = Fault(text=sentence("form.kept-gone", visit.language), field=None)
    return Sent(kind=kind, raw=RawForm(), values=None, faults=(gone,))


def _values(kind: type[Form], raw: RawForm) -> dict[str, Any]:
    """Return what was sent for each field; what was left empty was not sent."""
    values: dict[str, Any] = {}
    for name, entry in kind.entries().items():
        if entry.widget is Widget.FILE:
            if name in raw.files:
                values[name] = raw.files[name]
        elif entry.widget in _MANY:
            values[name] = [each for each in raw.texts.get(name, ()) if each]
        else:
            text = raw.one(entry.sent_as or name)
            if text.strip():
                values[name] = text
    return values
