"""Which identity platform the settings ask for."""

from certsvc.foundation.clock import Clock
from certsvc.foundation.settings import Settings, SettingsInvalidError
from certsvc.people.oidc.platform import HttpPlatform, PlatformSettings
from keys.http_port import HttpExchange

RETURN_ADDRESS = "/log-in/platform/return"
"""Where the identity platform sends people back to; registered there."""


def platform_of(settings: Settings, clock: Clock, http: HttpExchange) -> HttpPlatform | None:
    """Make the client of the platform, nothing asked of it yet; None if there is none.

    Raises:
        SettingsInvalidError: the file with the secret cannot be read, or is empty.
    """
    if not settings.oidc_issuer or settings.oidc_client_secret_file is None:
        return None
    return HttpPlatform(
        PlatformSettings(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=_secret_of(settings),
            redirect_uri=f"{settings.public_url}{RETURN_ADDRESS}",
        ),
        http,
        clock.now,
    )


def _secret_of(settings: Settings) -> str:
    file = settings.oidc_client_secret_file
    refusal = SettingsInvalidError(setting="oidc_client_secret_file", file=str(file))
    try:
        secret = file.read_text(encoding="utf-8").strip() if file else ""
    except (OSError, ValueError) as error:
        raise refusal from error
    if not secret:
        raise refusal
    return secret
