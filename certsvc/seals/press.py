"""Putting a seal on a document; the only place of the service where a key is used."""

from datetime import datetime

from certsvc.seals.credentials import SealCredentials
from certsvc.seals.errors import SealImageTooLargeError
from certsvc.seals.records import Seal
from signing.seal_spec import RidingSeal, SealSpec
from signing.sealing import seal_document
from signing.timestamps import TimestampAuthority
from templates.rendering import RenderedDocument

FIELD_NAME = "certsvc-seal"


class SealPress:
    """Seals documents with the credentials of this process and one timestamp authority."""

    def __init__(
        self, *, credentials: SealCredentials, timestamp_authority: TimestampAuthority
    ) -> None:
        self._credentials = credentials
        self._timestamp_authority = timestamp_authority

    def seal(self, document: RenderedDocument, seal: Seal, *, reason: str, at: datetime) -> bytes:
        """Seal a rendered document and return the sealed file (PAdES B-T).

        A paper of several pages whose pack asks for it bears a riding seal (骑缝章) as well.

        The caller must have redeemed an authorisation for exactly this document and seal.

        Raises:
            SealImageTooLargeError: the paper has no room for it.
            SealImageError: its image cannot be drawn.
            UploadedImageError: its uploaded image cannot be used.
            SigningKeyError: the seal's key cannot be opened or used.
            SigningError: the document cannot be sealed, or no timestamp could be had.
        """
        slot = document.seal_slot
        credential = self._credentials.get(seal)
        largest_mm = max(credential.image.width_mm, credential.image.height_mm)
        if largest_mm > slot.diameter_mm:
            raise SealImageTooLargeError(
                seal=seal.name,
                diameter_mm=f"{largest_mm:g}",
                room_mm=f"{slot.diameter_mm:g}",
            )
        spec = SealSpec(
            page_index=slot.page_index,
            center_x_mm=slot.center_x_mm,
            center_y_mm=slot.center_y_mm,
            image=credential.image,
            field_name=FIELD_NAME,
            signer_name=seal.name,
            reason=reason,
            alt_text=f"电子印章：{seal.name}",
            riding=RidingSeal() if document.bears_riding_seal else None,
        )
        return seal_document(
            document.pdf,
            spec,
            key=credential.key,
            chain=credential.chain,
            timestamp_authority=self._timestamp_authority,
            signed_at=at,
        )
