"""Putting a seal on a document; the only place of the service where a key is used.

- What is the same for every document of a seal is made ready once, while its credential stays.
"""

from datetime import datetime
from threading import Lock

from certsvc.sealing.register.errors import SealImageTooLargeError
from certsvc.sealing.register.records import Seal
from certsvc.sealing.uses.credentials import SealCredential, SealCredentials
from signing.levels import Level
from signing.placement.seal_spec import RidingSeal, SealSpec
from signing.revocation.validation_material import MaterialGatherer
from signing.sealing import Sealer
from signing.timestamps.authority import TimestampAuthority
from templates.rendering import RenderedDocument

FIELD_NAME = "certsvc-seal"


class SealSigner:
    """Seals documents with the credentials of this process, all at one level."""

    def __init__(
        self,
        *,
        credentials: SealCredentials,
        level: Level,
        timestamp_authority: TimestampAuthority,
        gatherer: MaterialGatherer,
    ) -> None:
        """Configure the signer.

        Args:
            credentials: Keys, certificates and images.
            level: PAdES baseline level of every seal.
            timestamp_authority: Who timestamps.
            gatherer: Fetches validation material, from level B-LT on.
        """
        self._credentials = credentials
        self._level = level
        self._timestamp_authority = timestamp_authority
        self._gatherer = gatherer
        self._sealers: dict[str, tuple[SealCredential, Sealer]] = {}
        self._lock = Lock()

    @property
    def level(self) -> Level:
        """PAdES baseline level of every seal."""
        return self._level

    def seal(self, document: RenderedDocument, seal: Seal, *, reason: str, at: datetime) -> bytes:
        """Seal a rendered document and return the sealed file.

        A paper of several pages whose pack asks for it bears a riding seal (骑缝章) as well.

        The caller must have redeemed an authorisation for exactly this document and seal.

        Raises:
            SealImageTooLargeError: the paper has no room for it.
            SealImageError: its image cannot be drawn.
            UploadedImageError: its uploaded image cannot be used.
            SigningKeyError: the seal's key cannot be opened or used.
            SigningError: the document cannot be sealed, or no timestamp or revocation data could
                be had.
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
        return self._sealer(seal, credential).seal(document.pdf, spec, signed_at=at)

    def _sealer(self, seal: Seal, credential: SealCredential) -> Sealer:
        with self._lock:
            kept, sealer = self._sealers.get(seal.id, (None, None))
            if sealer is None or kept is not credential:
                sealer = Sealer(
                    key=credential.key,
                    chain=credential.chain,
                    level=self._level,
                    timestamp_authority=self._timestamp_authority,
                    gatherer=self._gatherer,
                )
                self._sealers[seal.id] = credential, sealer
            return sealer
