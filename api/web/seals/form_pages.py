"""Showing a form about a seal's image and key, and all that is wrong with it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse

from api.shared.sentences import KNOWN_ERRORS, sentence, sentence_of
from api.web.forms.form import Form, Sent
from api.web.forms.views import Option, form_view
from api.web.rendering import SCRIPT_POLICY
from api.web.seals.forms import KEPT_KEY, SAME_KEY, ImagePart, SigningPart
from api.web.visits import Visit
from certsvc.bootstrap import Services
from certsvc.foundation.clock import in_china
from certsvc.sealing.custody.offers import OfferedKey
from certsvc.sealing.register.applications import check_certificates, check_entry
from certsvc.sealing.register.records import Seal

LOOK = "look"
"""Button that shows the image and proposes nothing."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How an image would look: the picture, or why there is none yet."""

    picture: Markup | None = None
    """The image."""
    problem: str | None = None
    """Why it cannot be drawn."""


def draw_entries(services: Services, entries: Mapping[str, Any]) -> Markup:
    """Draw what the entries of a form describe.

    Raises:
        SealImageError: the words cannot be drawn.
        UploadedImageError: the uploaded image cannot be used.
    """
    image = services.seal_credentials.draw(Seal(**entries))
    # Outlines or pixels written out by the service itself; no text of anybody's.
    return Markup(image.to_svg())  # noqa: S704  see above


def look_at(visit: Visit, image: ImagePart | None, current: bytes | None = None) -> Look:
    """Return how the image of a form would look; nothing to draw yet is no problem."""
    if image is None or not (image.wants_file or image.rim_text):
        return Look()
    try:
        return Look(picture=draw_entries(visit.services, image.image_entries(current)))
    except KNOWN_ERRORS as error:
        return Look(problem=sentence_of(error, visit.language))


def checks_of_image(
    visit: Visit, sent: Sent[Any], current: bytes | None = None
) -> Iterator[Callable[[], object]]:
    """Yield what the register checks of an image.

    Args:
        visit: The request.
        sent: What was sent.
        current: The uploaded image that is in force.
    """
    yield partial(check_entry, "rim_text", sent.raw.one("rim_text").strip())
    image = sent.part(ImagePart)
    if image is not None:
        yield lambda: draw_entries(visit.services, image.image_entries(current))


def checks_of_key(
    visit: Visit, session: Session, sent: Sent[Any]
) -> Iterator[Callable[[], object]]:
    """Yield what the register checks of a key and its certificates, if a new one is chosen."""
    signing = sent.part(SigningPart)
    if signing is None or signing.key == SAME_KEY:
        return

    def check_key() -> None:
        check_entry("key_uri", signing.signing_entries(visit, session)["key_uri"])

    yield check_key
    if signing.certificates:
        yield lambda: check_certificates(signing.certificates, now=visit.now)


def show_seal_form(  # noqa: PLR0913  what one of these pages shows
    visit: Visit,
    template: str,
    kind: type[Form],
    action: str,
    *,
    sent: Sent[Any] | None,
    start: Mapping[str, object],
    offered: list[OfferedKey],
    options: Mapping[str, list[Option]],
    current: bytes | None = None,
    **values: Any,  # noqa: ANN401  what the page shows besides
) -> HTMLResponse:
    """Show the form with everything that was typed."""
    image = sent.part(ImagePart) if sent else None
    if sent is None and start.get("rim_text"):
        image = ImagePart.model_validate({k: v for k, v in start.items() if v is not None})
    response = visit.show(
        template,
        status=sent.status if sent else 200,
        form=form_view(
            visit,
            kind,
            action,
            sent=sent,
            start=start,
            options={**options, "image": _sources(visit), "key": _keys(visit, offered, start)},
        ),
        look=look_at(visit, image, current),
        requests=[key for key in offered if key.request_pem and not key.chain_pem],
        **values,
    )
    response.headers["Content-Security-Policy"] = SCRIPT_POLICY
    return response


def _sources(visit: Visit) -> list[Option]:
    return [
        Option(value=each, label=sentence(f"page.seal-form.source.{each}", visit.language))
        for each in ("words", "file")
    ]


def _keys(visit: Visit, offered: list[OfferedKey], start: Mapping[str, object]) -> list[Option]:
    same = [Option(value=SAME_KEY, label=sentence("page.seal-form.key.same", visit.language))]
    return [
        *(same if start.get("key") == SAME_KEY else []),
        *(Option(value=KEPT_KEY + key.name, label=_key_words(visit, key)) for key in offered),
    ]


def _key_words(visit: Visit, key: OfferedKey) -> str:
    if key.certificate is None:
        return sentence("page.seal-form.key.uncertified", visit.language, {"key": key.name})
    end = in_china(key.certificate.not_valid_after_utc).date().isoformat()
    return sentence("page.seal-form.key.kept", visit.language, {"key": key.name, "end": end})
