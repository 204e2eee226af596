"""Finding the pack that a paper was rendered with, to render it again for comparison."""

from sqlalchemy import select

from certsvc.catalogue.packs.repository import PackRepository
from certsvc.certificates.records.records import CertificateRecord
from certsvc.foundation.db.engine import Database, ValueRefusedError
from templates.packs import TemplatePack


class PaperPacks:
    """Finds the packs of papers by the register's data."""

    def __init__(self, database: Database, packs: PackRepository) -> None:
        self._database = database
        self._packs = packs

    def find(self, code: str, version: str, identifier: str) -> TemplatePack | None:
        """Return the pack that an issued paper was set with; None if it is not kept here.

        The digest of the paper's record decides where there is one; a paper of another
        installation is told by code and version alone.

        Raises:
            PackVersionTamperedError: its files are not those that were approved.
        """
        of_record = select(CertificateRecord.pack_digest).where(
            CertificateRecord.identifier == identifier, CertificateRecord.type_code == code
        )
        try:
            with self._database.reading() as session:
                digest = session.scalar(of_record)
                return self._packs.find(session, code, version, digest=digest)
        except ValueRefusedError:
            # The value cannot be stored in a database, so no record of ours matches.
            return None
