"""Accepting forms from our own pages only (CSRF).

1. `Sec-Fetch-Site` decides where the browser sends it: `same-origin` only.
2. Otherwise `Origin` must be this very site, scheme included: the request's own or the public one.
3. With neither, the form is refused: every browser of this decade sends one, and programs use
   `/api/`.
"""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from api.shared.errors import ForeignOriginError


def require_own_origin(request: Request) -> None:
    """Let a form pass that one of our own pages sent.

    Raises:
        ForeignOriginError: another site's page sent it, or nobody can tell.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site is not None:
        own = fetch_site == "same-origin"
    else:
        public = urlsplit(request.app.state.services.settings.public_url)
        own = request.headers.get("origin") in {
            f"{request.url.scheme}://{request.headers.get('host', '')}",
            f"{public.scheme}://{public.netloc}",
        }
    if not own:
        raise ForeignOriginError


OwnOrigin = Annotated[None, Depends(require_own_origin)]
