"""One client per remote signing service in this process, shared by all of its keys.

* What was learnt of a service, that it hangs or refuses a secret, is not learnt anew each time a
  key is opened.
* Whoever puts the program together hands in who carries the requests, once.
* A forked child begins with none of what its parent has under way.
"""

import os
from threading import Lock

from keys.csc_service import CscService
from keys.csc_uri import CscUri
from keys.http_port import HttpAnswer, HttpExchange, HttpRequest


class CscServices:
    """Registry of the services."""

    def __init__(self) -> None:
        self._services: dict[CscUri, CscService] = {}
        self._lock = Lock()
        self._http: HttpExchange | None = None

    def reach_through(self, http: HttpExchange) -> None:
        """Use this HTTP port for all further requests, also of services already known."""
        self._http = http

    def get(self, uri: CscUri) -> CscService:
        """The service behind a key's URI."""
        with self._lock:
            if uri not in self._services:
                self._services[uri] = CscService(uri, http=self)
            return self._services[uri]

    def exchange(self, request: HttpRequest) -> HttpAnswer:
        """Carry a request; see :meth:`keys.http_port.HttpExchange.exchange`.

        Raises:
            RuntimeError: Nobody was handed in who could.
        """
        if self._http is None:
            raise RuntimeError("remote keys need SERVICES.reach_through(…) first")
        return self._http.exchange(request)

    def forget_after_fork(self) -> None:
        """In a forked child: reset the state."""
        self._lock = Lock()
        for service in self._services.values():
            service.forget_after_fork()


SERVICES = CscServices()
"""Those of this process."""

os.register_at_fork(after_in_child=SERVICES.forget_after_fork)
