"""Showing a form about a seal's image and key: what was typed, the picture, what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from markupsafe import Markup
from starlette.responses import HTMLResponse

from api.http.problems import status_of
from api.sentences import KNOWN_ERRORS, KnownError, sentence_of
from api.web.rendering import SCRIPT_POLICY, show_page
from api.web.seal_forms import SealForm, field_of
from certsvc.bootstrap import Services
from certsvc.foundation.approvals.rules import REASON_MAX_LENGTH
from certsvc.foundation.messages.catalogue import Language
from certsvc.sealing.changes.key_choice import KeyNotOfferedError
from certsvc.sealing.custody.offers import OfferedKey
from certsvc.sealing.register.records import Seal
from signing.errors import SealImageError
from signing.images.seal_images import DIAMETERS_MM

LOOK = "look"
"""Button that shows the image and proposes nothing."""
_UNPROCESSABLE = 422


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with a form."""

    text: str
    """In the reader's words."""
    field: str | None
    """Field that it stands beside; None: above the form alone."""


@dataclass(frozen=True, kw_only=True)
class FormProblem:
    """Everything that is wrong with a form, told at once."""

    faults: tuple[Fault, ...]
    """At least one, in the order of the form; one for each field at most."""
    status: int
    """HTTP status of the page that says so."""

    def of(self, field: str) -> Fault | None:
        """Return what is wrong with a field."""
        return next((fault for fault in self.faults if fault.field == field), None)


@dataclass(frozen=True, kw_only=True)
class Look:
    """How an image would look: the picture, or why there is none yet."""

    picture: Markup | None = None
    """The image."""
    problem: str | None = None
    """Why it cannot be drawn."""


def problem_of(error: KnownError, language: Language) -> FormProblem:
    """Return what an error says to whoever filled in the form."""
    return problem_of_all([error], language)


def problem_of_all(errors: Sequence[KnownError], language: Language) -> FormProblem:
    """Return what several errors say; of those of one field the first."""
    faults: dict[str | None, Fault] = {}
    for error in errors:
        field = field_of(error)
        faults.setdefault(field, Fault(text=sentence_of(error, language), field=field))
    return FormProblem(faults=tuple(faults.values()), status=_status_of(errors[0]))


def _status_of(error: KnownError) -> int:
    # Words that cannot be drawn are a defect everywhere but where they are typed; so with a key.
    typed = isinstance(error, SealImageError | KeyNotOfferedError)
    return _UNPROCESSABLE if typed else status_of(error).value


def draw_entries(services: Services, entries: Mapping[str, Any]) -> Markup:
    """Draw what the entries of a form describe.

    Raises:
        SealImageError: the words cannot be drawn.
        UploadedImageError: the uploaded image cannot be used.
    """
    image = services.seal_credentials.draw(Seal(**entries))
    # Outlines or pixels written out by the service itself; no text of anybody's.
    return Markup(image.to_svg())  # noqa: S704  see above


def look_at(
    services: Services, form: SealForm, language: Language, current: bytes | None = None
) -> Look:
    """Return how the image of a form would look; nothing to draw yet is no problem."""
    if not form.wants_file and not form.fields.get("rim_text", "").strip():
        return Look()
    try:
        return Look(picture=draw_entries(services, form.image_entries(current)))
    except KNOWN_ERRORS as error:
        return Look(problem=sentence_of(error, language))


def show_seal_form(
    request: Request,
    template: str,
    form: SealForm,
    *,
    offered: Sequence[OfferedKey],
    look: Look,
    problem: FormProblem | None,
    **values: Any,  # noqa: ANN401  what the page shows besides
) -> HTMLResponse:
    """Show the form with everything that was typed."""
    response = show_page(
        request,
        template,
        status=problem.status if problem else 200,
        form=form,
        look=look,
        problem=problem,
        keys=[(key.name, key.certificate) for key in offered],
        requests=[key for key in offered if key.request_pem and not key.chain_pem],
        diameters=DIAMETERS_MM,
        longest=REASON_MAX_LENGTH,
        **values,
    )
    response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response
