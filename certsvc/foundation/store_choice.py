"""Which object store the settings ask for, and which folders are written in."""

from datetime import timedelta
from pathlib import Path

from certsvc.foundation.clock import SystemClock
from certsvc.foundation.settings import Settings, SettingsInvalidError
from certsvc.foundation.storage.address import BucketAddress
from certsvc.foundation.storage.folder import FolderObjectStore
from certsvc.foundation.storage.objects import DownloadAddresses, ObjectStore
from certsvc.foundation.storage.s3 import S3Account, S3ObjectStore


def store_of(settings: Settings) -> ObjectStore:
    """Make the store; nothing is asked of it yet.

    Raises:
        SettingsInvalidError: the file with the secret cannot be read, or is empty.
    """
    if settings.objects_url:
        return bucket_of(settings)
    return FolderObjectStore(_objects_folder(settings))


def written_folders(settings: Settings) -> list[Path]:
    """Return the folders in which a process that is killed may leave unfinished files of ours."""
    objects = [] if settings.objects_url else [_objects_folder(settings)]
    return [settings.home, settings.home / "pki", *objects]


def _objects_folder(settings: Settings) -> Path:
    return settings.in_home(settings.objects_dir, "objects")


def addresses_of(settings: Settings, store: ObjectStore) -> DownloadAddresses | None:
    """Return what lets browsers fetch from the store itself; None if everything goes through us."""
    if settings.objects_direct_downloads and isinstance(store, S3ObjectStore):
        return store
    return None


def bucket_of(settings: Settings) -> S3ObjectStore:
    """Make the store that is a bucket.

    Raises:
        SettingsInvalidError: the file with the secret cannot be read, or is empty.
    """
    days = settings.objects_retention_days
    return S3ObjectStore(
        address=BucketAddress.parse(settings.objects_url),
        account=S3Account(
            access_key=settings.objects_access_key,
            secret_key=_secret_of(settings),
            region=settings.objects_region,
        ),
        timeout_s=settings.objects_timeout_s,
        retention=timedelta(days=days) if days else None,
        clock=SystemClock().now,  # the server's own is compared with it, whatever ours is set to
    )


def _secret_of(settings: Settings) -> str:
    if settings.objects_secret_file is None:
        return settings.objects_secret_key.get_secret_value()
    try:
        secret = settings.objects_secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(settings) from error
    if not secret:
        raise _unusable(settings)
    return secret


def _unusable(settings: Settings) -> SettingsInvalidError:
    return SettingsInvalidError(
        setting="objects_secret_file", file=str(settings.objects_secret_file)
    )
