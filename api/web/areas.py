"""The page of a small area without a template of its own: facts, a list, a form."""

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from api.web.forms.form import Sent
from api.web.forms.views import FormView
from api.web.lists.listing import Listing, pages_of
from api.web.lists.views import narrowed, short_list, wanted_export
from api.web.visits import Visit


def show_area(  # noqa: PLR0913  what such a page can have, all of it optional
    visit: Visit,
    *,
    title: str,
    back: tuple[str, str] | None = None,
    facts: Sequence[tuple[str, str]] = (),
    listing: Listing[Any] | None = None,
    rows: Sequence[Any] = (),
    form: FormView | None = None,
    submit: str = "",
    sent: Sent[Any] | None = None,
) -> Response:
    """Show a page made of facts, a list and a form; or the list as a table, where that is asked.

    Args:
        visit: The request.
        title: Code of its title.
        back: Address of the page before it, and code of its name.
        facts: Code of the name and text of each fact.
        listing: The list.
        rows: What is on it, all of it.
        form: The form.
        submit: Code of what its button says.
        sent: What was sent, if the form is shown again.
    """
    kind = wanted_export(visit)
    if listing is not None and kind is not None:
        return listing.export(visit, kind, pages_of(narrowed(visit, listing, rows)))
    return visit.show(
        "area.html",
        status=sent.status if sent else 200,
        title=title,
        back=back,
        facts=facts,
        listed=short_list(visit, listing, rows) if listing is not None else None,
        form=form,
        submit=submit,
    )
