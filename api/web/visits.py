"""A visit: a call of somebody who reads a page."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from api.shared.calls import Call
from api.shared.errors import StaffPageError
from api.shared.requests import services_of, visitor_of
from api.web.language import page_language
from api.web.rendering import show_page
from certsvc.people.rights.rules import Permission, Role, require


@dataclass(frozen=True, kw_only=True)
class Visit(Call):
    """What is known of a request for a page."""

    request: Request
    """The request itself."""

    def show(
        self,
        template: str,
        /,
        *,
        status: int = HTTPStatus.OK,
        **values: Any,  # noqa: ANN401  whatever the template shows
    ) -> HTMLResponse:
        """Fill a template in the reader's language."""
        return show_page(self.request, template, status=status, **values)

    def lead_to(self, address: str) -> RedirectResponse:
        """Lead to a page, after a form was done."""
        return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)

    def require_staff(self, *permissions: Permission) -> None:
        """Let somebody of a unit's staff pass who has these rights.

        Raises:
            NotLoggedInError: nobody has logged in.
            StaffPageError: a holder asks.
            PermissionDeniedError: a right is missing.
        """
        if Role.HOLDER in self.actor.roles:
            raise StaffPageError
        for permission in permissions:
            require(self.actor, permission)


async def page_visit(request: Request) -> Visit:
    """Return what is known of a request for a page."""
    return Visit(
        services=await services_of(request),
        visitor=visitor_of(request),
        language=page_language(request),
        request=request,
    )


PageVisit = Annotated[Visit, Depends(page_visit)]
