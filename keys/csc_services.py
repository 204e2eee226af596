"""One connection to each remote key of this process, shared by all who name it.

* What was learnt of a service, that it hangs or refuses a secret, is not learnt anew each time a
  key is opened.
* A forked child begins with none of its parent's connections.
"""

import atexit
import os
from threading import Lock

from keys.csc_service import CscService
from keys.csc_uri import CscUri


class CscServices:
    """The services there are."""

    def __init__(self) -> None:
        self._services: dict[CscUri, CscService] = {}
        self._lock = Lock()

    def get(self, uri: CscUri) -> CscService:
        """The service behind a key's URI."""
        with self._lock:
            if uri not in self._services:
                self._services[uri] = CscService(uri)
            return self._services[uri]

    def close(self) -> None:
        """Close all idle connections."""
        for service in self._services.values():
            service.close()

    def forget_after_fork(self) -> None:
        """In a forked child: leave the connections to the parent."""
        self._lock = Lock()
        for service in self._services.values():
            service.forget_after_fork()


SERVICES = CscServices()
"""Those of this process."""

os.register_at_fork(after_in_child=SERVICES.forget_after_fork)
atexit.register(SERVICES.close)
