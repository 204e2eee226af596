"""Parts of the wing `people`."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from certsvc.bootstrap.foundation import FoundationParts

if TYPE_CHECKING:
    from certsvc.people.oidc.platform import HttpPlatform


class PeopleParts(FoundationParts):
    """Adds the identity platform."""

    @cached_property
    def identity_platform(self) -> HttpPlatform | None:
        """The identity platform that staff may log in through; None if there is none.

        Raises:
            SettingsInvalidError: the file with the secret cannot be read, or is empty.
        """
        from certsvc.people.oidc.choice import platform_of

        return platform_of(self.settings, self.clock, self.http.guarded)
