"""Everything that is wrong with a form about a seal, found in one go.

- Each part of the form is checked on its own, in the order of the page, as the services check it.
- What only the register knows, such as a number that is taken, is found when nothing else is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from sqlalchemy.orm import Session

from api.errors import InputInvalidError
from api.sentences import KNOWN_ERRORS, KnownError
from api.web.scope_entries import TYPED_ENTRIES, read_typed_entry
from api.web.seal_form_pages import draw_entries
from api.web.seal_forms import SAME_KEY, WORDS, SealForm
from certsvc.bootstrap import Services
from certsvc.catalogue.routes import Route
from certsvc.foundation.approvals.rules import clean_reason
from certsvc.people.rights.rules import Actor
from certsvc.sealing.register.applications import check_certificates, check_entry, check_number
from certsvc.sealing.register.scope_rules import SealScope, check_scope

Check = Callable[[], object]


def faults_of_application(
    session: Session, form: SealForm, actor: Actor, services: Services
) -> list[KnownError]:
    """Return what is wrong with an application, in the order of its form."""
    fields = form.fields
    return _collect(
        lambda: check_number(fields.get("id", "").strip()),
        lambda: check_entry("name", fields.get("name", "").strip()),
        lambda: _check_route(fields),
        *_image_checks(form, services, None),
        *_signing_checks(session, form, actor, services),
        *_scope_checks(fields),
        lambda: clean_reason(fields.get("reason", "")),
    )


def faults_of_amendment(
    session: Session, form: SealForm, actor: Actor, services: Services, current: bytes | None
) -> list[KnownError]:
    """Return what is wrong with an amendment, in the order of its form.

    Args:
        session: The transaction.
        form: What was sent.
        actor: Who proposes.
        services: The parts of the installation.
        current: The uploaded image that is in force.
    """
    signing = (
        ()
        if form.fields.get("key") == SAME_KEY
        else (_signing_checks(session, form, actor, services))
    )
    return _collect(
        *_image_checks(form, services, current),
        *signing,
        lambda: clean_reason(form.fields.get("reason", "")),
    )


def _collect(*checks: Check) -> list[KnownError]:
    found: list[KnownError] = []
    for check in checks:
        try:
            check()
        except KNOWN_ERRORS as error:
            found.append(error)
    return found


def _check_route(fields: Mapping[str, str]) -> None:
    if fields.get("route") not in {route.value for route in Route}:
        raise InputInvalidError(field="route")


def _image_checks(form: SealForm, services: Services, current: bytes | None) -> Iterator[Check]:
    for name in WORDS:
        yield partial(check_entry, name, form.fields.get(name, "").strip())
    yield lambda: draw_entries(services, form.image_entries(current))


def _signing_checks(
    session: Session, form: SealForm, actor: Actor, services: Services
) -> Iterator[Check]:
    def check() -> None:
        entries = form.signing_entries(session, actor, services.offered_keys)
        check_entry("key_uri", entries["key_uri"])

    yield check
    pem = form.fields.get("certificates", "").strip()
    if pem:
        yield lambda: check_certificates(pem, now=services.clock.now())


def _scope_checks(fields: Mapping[str, str]) -> Iterator[Check]:
    for name in TYPED_ENTRIES:
        yield partial(_check_scope_entry, fields, name)


def _check_scope_entry(fields: Mapping[str, str], name: str) -> None:
    check_scope(SealScope(**{name: read_typed_entry(fields, name)}))
