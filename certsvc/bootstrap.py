"""The one place that knows all parts and puts them together from settings.

- Nothing is opened at import time; a part is made when it is first asked for, once.
- Invalid settings fail at startup, before anything is served.
"""

from functools import cached_property
from pathlib import Path

from certsvc.catalogue.packs.desk import PackDesk
from certsvc.catalogue.packs.repository import PackRepository
from certsvc.certificates.extraction.archiving import Archivist
from certsvc.certificates.issuance.pipeline import Issuer, IssuingParts
from certsvc.certificates.issuance.previews import Previewer
from certsvc.certificates.issuance.recovery import Recovery
from certsvc.certificates.issuance.replacements import Replacer
from certsvc.evidence.sources.call_log import SourceCallLog
from certsvc.evidence.sources.configuration import read_sources
from certsvc.evidence.sources.service import SourceRegister
from certsvc.foundation.clock import Clock, SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.events.delivery import Deliverer
from certsvc.foundation.events.holder_digests import PURPOSE as HOLDERS_IN_LOG
from certsvc.foundation.idempotency.hidden_keys import HiddenKeys
from certsvc.foundation.jobs.rules import Lane
from certsvc.foundation.jobs.worker import ALL_LANES, JobWorker
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret
from certsvc.foundation.net.callers import HttpCallers
from certsvc.foundation.settings import DEMONSTRATION_NOTICE, Settings
from certsvc.foundation.storage.objects import DownloadAddresses, ObjectStore
from certsvc.foundation.store_choice import addresses_of, store_of, written_folders
from certsvc.housekeeping.kinds import NOBODY, JobListeners, JobParts, open_job_worker
from certsvc.housekeeping.notices import NOTICES
from certsvc.people.accounts.production import require_no_stand_ins
from certsvc.people.notices.channels import NoticeParts
from certsvc.people.oidc.choice import platform_of
from certsvc.people.oidc.platform import HttpPlatform
from certsvc.sealing.changes.change_desk import ChangeDesk
from certsvc.sealing.custody.offers import OfferedKeys
from certsvc.sealing.register.service import seals_in_use
from certsvc.sealing.stand_ins import refuse_demonstration_seal, refuse_development_roots
from certsvc.sealing.uses.credentials import SealCredentials
from certsvc.sealing.uses.signer import SealSigner
from certsvc.verification.authenticity.paper_packs import PaperPacks
from certsvc.verification.authenticity.service import AuthenticityDesk
from certsvc.verification.authenticity.twin import PaperParts
from certsvc.verification.transparency.service import TransparencyLog
from keys.development import create_development_pki
from keys.development_revocation import DevelopmentRevocationLists
from keys.errors import DevelopmentPkiError
from keys.installation_key import open_installation_key
from keys.passphrases import AskSecret
from keys.signing_key import SigningKey
from keys.uri import open_key
from signing.revocation.development_revocation import DevelopmentRevocationSource
from signing.revocation.http_revocation import HttpRevocationSource
from signing.revocation.revocation_sources import RevocationSource
from signing.revocation.validation_material import MaterialGatherer
from signing.timestamps.authority import TimestampAuthority
from signing.timestamps.development_timestamps import DevelopmentTimestampAuthority
from signing.timestamps.http_timestamps import HttpTimestampAuthority
from signing.timestamps.timestamp_failover import TimestampAuthorities
from signing.trust import TrustStore
from templates.fonts import FontFolder
from templates.packs import PackLibrary
from templates.rendering import Renderer
from templates.report_rendering import ReportRenderer

ANSWER_KEY_FILE = "answers.key"
RIM_FONT = "NotoSerifCJK-Bold.ttc"


class Services:
    """All parts of one installation."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self.http = HttpCallers.for_this_process()

    @cached_property
    def database(self) -> Database:
        """The database."""
        return Database(self.settings.effective_database_url)

    @cached_property
    def deliverer(self) -> Deliverer:
        """Delivers what happened to those who follow it."""
        subscribers = (TransparencyLog(), self.notices.subscriber(NOTICES))
        return Deliverer(database=self.database, clock=self.clock, subscribers=subscribers)

    @cached_property
    def notices(self) -> NoticeParts:
        """Tells people and systems what concerns them."""
        return NoticeParts(
            self.settings,
            database=self.database,
            clock=self.clock,
            to_strangers=self.http.to_strangers,
            secret=lambda: self.log_in_secret,
        )

    @cached_property
    def log_in_secret(self) -> LogInSecret:
        """The secret of the lock against guessing passwords.

        Raises:
            LogInSecretUnusableError: its file can be neither read nor made.
        """
        return LogInSecret.read_or_make(self.settings.home / SECRET_FILE)

    @cached_property
    def hidden_keys(self) -> HiddenKeys:
        """Hides callers' idempotency keys."""
        return HiddenKeys(self.log_in_secret)

    @cached_property
    def identity_platform(self) -> HttpPlatform | None:
        """The identity platform that staff may log in through; None if there is none.

        Raises:
            SettingsInvalidError: the file with the secret cannot be read, or is empty.
        """
        return platform_of(self.settings, self.clock, self.http.guarded)

    @cached_property
    def store(self) -> ObjectStore:
        """The object store."""
        return store_of(self.settings)

    @cached_property
    def download_addresses(self) -> DownloadAddresses | None:
        """What lets browsers fetch from the store itself; None if everything goes through us."""
        return addresses_of(self.settings, self.store)

    @cached_property
    def packs(self) -> PackRepository:
        """The template packs that papers are set with: the approved versions."""
        return PackRepository(self.database, self.clock)

    @cached_property
    def pack_folder(self) -> PackLibrary:
        """The packs that lie in the folder, to check and propose; no paper is set with them."""
        return PackLibrary(self.settings.packs_dir)

    @cached_property
    def pack_desk(self) -> PackDesk:
        """Takes proposals of new pack versions from the folder."""
        return PackDesk(
            folder=self.settings.packs_dir,
            database=self.database,
            clock=self.clock,
            renderer=self.renderer,
        )

    @cached_property
    def fonts_dir(self) -> Path:
        """Folder with the fonts."""
        return self.settings.in_home(self.settings.fonts_dir, "fonts")

    @cached_property
    def renderer(self) -> Renderer:
        """The layout engine, warm from its first use on."""
        return Renderer(FontFolder(self.fonts_dir))

    @cached_property
    def report_renderer(self) -> ReportRenderer:
        """Sets the reports of authenticity checks."""
        return ReportRenderer(FontFolder(self.fonts_dir))

    @cached_property
    def trust(self) -> TrustStore:
        """The roots that seals and timestamps must lead to.

        Raises:
            SettingsInvalidError: production trusts a demonstration root.
        """
        path = self.settings.in_home(self.settings.trust_file, "trust.pem")
        trust = TrustStore.from_pem([path])
        if self.settings.mode == "production":
            refuse_development_roots(trust.roots)
        return trust

    @cached_property
    def timestamp_authority(self) -> TimestampAuthority:
        """The timestamp authorities: over HTTP, or one in this process for demonstrations."""
        if self.settings.timestamp_urls:
            authorities = [
                HttpTimestampAuthority(
                    url=url,
                    roots=self.trust.anchors_of_timestamps,
                    http=self.http.guarded,
                    policy=self.settings.timestamp_policy,
                    timeout_s=self.settings.timestamp_timeout_s,
                )
                for url in self.settings.timestamp_urls
            ]
            return TimestampAuthorities(authorities)
        folder = self._development_pki
        identity = create_development_pki(folder, names=(), now=self.clock.now()).timestamp
        return DevelopmentTimestampAuthority(
            key=open_key(identity.key_uri), chain=identity.chain, clock=self.clock.now
        )

    @cached_property
    def revocation_source(self) -> RevocationSource:
        """Where revocation data comes from: the network, or this process for demonstrations."""
        if self.settings.mode == "production":
            return HttpRevocationSource(self.http.guarded)
        lists = DevelopmentRevocationLists(self._development_pki)
        return DevelopmentRevocationSource(lists, clock=self.clock.now)

    @cached_property
    def material_gatherer(self) -> MaterialGatherer:
        """Gathers what long-term validation of seals and timestamps needs."""
        roots = (*self.trust.roots, *self.trust.anchors_of_timestamps)
        return MaterialGatherer(source=self.revocation_source, roots=tuple(dict.fromkeys(roots)))

    @property
    def _development_pki(self) -> Path:
        folder = self.settings.home / "pki"
        if not folder.is_dir():
            # Made anew it would have another root than the seals; scripts/demo tells what to do.
            raise DevelopmentPkiError(name=folder.name)
        return folder

    @cached_property
    def seal_credentials(self) -> SealCredentials:
        """The seals' keys and images."""
        return SealCredentials(
            rim_font=self.fonts_dir / RIM_FONT,
            is_offered=lambda uri: self.offered_keys.offers(self.database, uri),
        )

    @cached_property
    def offered_keys(self) -> OfferedKeys:
        """The keys that the operator of the machine offers to seals."""
        return OfferedKeys(self.settings.key_offers)

    @cached_property
    def change_desk(self) -> ChangeDesk:
        """Where changes of seals are read, their keys tried, and approved."""
        offers, draw = self.offered_keys, self.seal_credentials.draw
        return ChangeDesk(database=self.database, clock=self.clock, offers=offers, draw=draw)

    @cached_property
    def answer_key(self) -> SigningKey:
        """The key that signs answers about seals; it seals nothing.

        Raises:
            SigningKeyError: it can be neither opened nor made.
        """
        if self.settings.answer_key_uri:
            return open_key(self.settings.answer_key_uri)
        return open_installation_key(self.settings.home / ANSWER_KEY_FILE)

    @cached_property
    def sources(self) -> SourceRegister:
        """The connected departments' databases."""
        path = self.settings.in_home(self.settings.sources_file, "sources.toml")
        return SourceRegister(
            read_sources(path),
            http=self.http.direct,
            record=self.source_calls.add,
            clock=self.clock,
            fictional_areas=self.settings.mode == "demonstration",
        )

    @cached_property
    def source_calls(self) -> SourceCallLog:
        """Keeps what came of asking the sources."""
        return SourceCallLog(self.database)

    @cached_property
    def issuer(self) -> Issuer:
        """Issues certificates."""
        return Issuer(
            IssuingParts(
                database=self.database,
                clock=self.clock,
                packs=self.packs,
                renderer=self.renderer,
                sources=self.sources,
                store=self.store,
                signer=SealSigner(
                    credentials=self.seal_credentials,
                    level=self.settings.level,
                    timestamp_authority=self.timestamp_authority,
                    gatherer=self.material_gatherer,
                ),
                trust=self.trust,
                recovery=self.recovery,
                keys=self.hidden_keys,
                public_url=self.settings.public_url,
                notice=self.settings.notice,
            )
        )

    @cached_property
    def previewer(self) -> Previewer:
        """Shows what would be issued."""
        return Previewer(
            database=self.database,
            clock=self.clock,
            packs=self.packs,
            renderer=self.renderer,
            sources=self.sources,
            holder_key=self.log_in_secret.key_for(HOLDERS_IN_LOG),
        )

    @cached_property
    def replacer(self) -> Replacer:
        """Issues new versions in the place of old ones."""
        return Replacer(database=self.database, issuer=self.issuer)

    @cached_property
    def recovery(self) -> Recovery:
        """Finishes or voids what a dead process left behind."""
        return Recovery(
            database=self.database, clock=self.clock, store=self.store, trust=self.trust
        )

    @cached_property
    def authenticity(self) -> AuthenticityDesk:
        """Answers whether a certificate is genuine."""
        return AuthenticityDesk(
            database=self.database,
            clock=self.clock,
            store=self.store,
            trust=self.trust,
            parts=self.paper_parts,
            status_source=self.revocation_source,
        )

    @cached_property
    def archivist(self) -> Archivist:
        """Renews archive timestamps."""
        return Archivist(
            database=self.database,
            clock=self.clock,
            store=self.store,
            trust=self.trust,
            timestamp_authority=self.timestamp_authority,
            gatherer=self.material_gatherer,
        )

    def job_worker(
        self, listeners: JobListeners = NOBODY, lanes: tuple[Lane, ...] = ALL_LANES
    ) -> JobWorker:
        """Return what does jobs, not yet started; one for a process."""
        parts = JobParts(
            database=self.database,
            clock=self.clock,
            recovery=self.recovery,
            issuer=lambda: self.issuer,
            deliver=self.deliverer.deliver,
            carriers=lambda: self.notices.carriers,
            folders=written_folders(self.settings),
            chores_every_s=self.settings.housekeeping_interval_s,
        )
        return open_job_worker(parts, listeners, lanes)

    def paper_parts(self) -> PaperParts:
        """Return what papers are set with again, to compare them.

        Raises:
            TemplateError: there are no fonts, or a pack is broken.
        """
        return PaperParts(
            find_pack=PaperPacks(self.database, self.packs).find,
            renderer=self.renderer,
            notices=(DEMONSTRATION_NOTICE,),
        )

    def paper_parts_without_register(self) -> PaperParts:
        """Return what papers are set with again where there is no register: the folder's packs.

        Raises:
            TemplateError: there are no fonts, or a pack is broken.
        """
        return PaperParts(
            find_pack=lambda code, version, _: self.pack_folder.find(code, version),
            renderer=self.renderer,
            notices=(DEMONSTRATION_NOTICE,),
        )

    def unlock_seals(self, ask: AskSecret) -> None:
        """Open the keys of all seals in use, asking for secrets that no file or variable has.

        Raises:
            SigningKeyError: a key cannot be opened.
            SealImageError: an image cannot be drawn.
        """
        with self.database.reading() as session:
            for seal in seals_in_use(session, now=self.clock.now()):
                self.seal_credentials.unlock(seal, ask=ask)

    def require_fit_for_mode(self) -> None:
        """Refuse to serve in production with anything made for demonstrations.

        The schema must be current. Settings, roots and timestamp authority refuse stand-ins of
        their own.

        Raises:
            SettingsInvalidError: production trusts a demonstration root.
            FictionalUnitError: the database is a demonstration's.
            HolderPasswordsError: the database holds holders' passwords.
            SealOfDemonstrationError: a seal in use has a demonstration's certificate.
            LogInSecretUnusableError: no failed log-in could be counted.
        """
        _ = self.trust, self.log_in_secret, self.identity_platform
        if self.settings.mode == "production":
            with self.database.reading() as session:
                require_no_stand_ins(session)
                for seal in seals_in_use(session, now=self.clock.now()):
                    refuse_demonstration_seal(seal)

    def close(self) -> None:
        """Give back connections; the object is not used afterwards."""
        for name in ("sources", "source_calls", "http", "database"):
            if name in self.__dict__:
                getattr(self, name).close()
