"""Putting a seal on a document; the only place of the service where a key is used."""

from datetime import datetime

from certsvc.seals.credentials import SealCredentials
from certsvc.seals.errors import SealImageTooLargeError
from certsvc.seals.records import Seal
from signing.sealing import SealSpec, seal_document
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

        The caller must have redeemed an authorisation for exactly this document and seal.

        Raises:
            SealImageTooLargeError: the paper has no room for it.
            SigningKeyError: the seal's key cannot be opened or used.
            SigningError: the document cannot be sealed, or no timestamp could be had.
        """
        slot = document.seal_slot
        if seal.diameter_mm > slot.diameter_mm:
            raise SealImageTooLargeError(
                seal=seal.name,
                diameter_mm=f"{seal.diameter_mm:g}",
                room_mm=f"{slot.diameter_mm:g}",
            )
        credential = self._credentials.get(seal)
        spec = SealSpec(
            page_index=slot.page_index,
            center_x_mm=slot.center_x_mm,
            center_y_mm=slot.center_y_mm,
            image=credential.image,
            field_name=FIELD_NAME,
            signer_name=seal.name,
            reason=reason,
            alt_text=f"电子印章：{seal.name}",
        )
        return seal_document(
            document.pdf,
            spec,
            key=credential.key,
            chain=credential.chain,
            timestamp_authority=self._timestamp_authority,
            signed_at=at,
        )
