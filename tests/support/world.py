"""The demonstration district, and what tests do in it; `installations` has the fixtures."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from certsvc.bootstrap import Services
from certsvc.certificates.issuance.outcomes import IssuedCopy
from certsvc.certificates.issuance.rules import IssueRequest
from certsvc.demonstration.district import (
    APPROVAL_BUREAU,
    PASSWORD,
    TALENT_MATTER,
)
from certsvc.demonstration.people import Resident, make_residents
from certsvc.evidence.inquiries.service import ReplyContent, record_reply
from certsvc.foundation.clock import FixedClock
from certsvc.foundation.codes.holder import HolderCode
from certsvc.foundation.settings import Settings, read_settings
from certsvc.people.accounts.service import authenticate, log_in, staff_actor
from certsvc.people.rights.rules import Actor
from certsvc.sealing.changes.amendments import SealAmendment, propose_amendment, propose_scope
from certsvc.sealing.changes.key_trials import prepare_trial, record_trial, sign_trial
from certsvc.sealing.changes.proposals import propose_change
from certsvc.sealing.custody.adoption import adopt_key
from certsvc.sealing.register.records import Seal, SealChange
from certsvc.sealing.register.rules import SealAction, SealState
from certsvc.sealing.register.scope_rules import SealScope
from certsvc.verification.transparency.service import check_log
from keys.passphrases import AskSecret
from templates.fonts import FontFolder
from templates.rendering import Renderer
from tests.support.deciding import approve_change

NOW = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
"""Ten in the morning in China, a Saturday."""
FONTS = Path(__file__).resolve().parents[2] / "var" / "fonts"


@dataclass(frozen=True, kw_only=True)
class World:
    """A demonstration installation of the test's own."""

    services: Services
    clock: FixedClock
    home: Path

    @property
    def resident(self) -> Resident:
        """The resident whom everything is about."""
        return make_residents()[0]

    def staff(self, login: str) -> Actor:
        """A member of the district's staff."""
        with self.services.database.reading() as session:
            return staff_actor(session, login)

    def holder(self) -> Actor:
        """The resident, logged in."""
        now = self.clock.now()
        token = self.log_in(self.resident.identity_number, PASSWORD, now=now)
        with self.services.database.reading() as session:
            return authenticate(session, token=token, now=now)

    def log_in(self, name: str, password: str, *, now: datetime = NOW) -> str:
        """Exchange name and password for a token."""
        services = self.services
        return log_in(
            services.database,
            secret=services.log_in_secret,
            name=name,
            password=password,
            now=now,
        ).token

    def request(self, **changes: object) -> IssueRequest:
        """A request that is served, but for the changes."""
        values: dict[str, object] = {
            "type_code": "no-criminal-record",
            "holder": HolderCode(value=self.resident.identity_number),
            "unit_code": APPROVAL_BUREAU,
            "matter_code": TALENT_MATTER,
            "purpose": "申领人才住房补贴",
        }
        return IssueRequest(**(values | changes))  # type: ignore[arg-type]  # a test may be wrong

    def issue(self, **changes: object) -> IssuedCopy:
        """Issue a certificate at the desk."""
        return self.services.issuer.issue(self.request(**changes), actor=self.staff("clerk.wang"))

    def record_reply(self, **changes: str) -> str:
        """Let the department's handler reply about the resident; the reply's number."""
        resident = self.resident
        fields = {
            "name": resident.name,
            "sex": resident.sex,
            "birth_on": "1990-03-07",
            "id_type": "居民身份证",
            "id_number": resident.identity_number,
            "period_from_on": "2006-03-07",
            "period_to_on": "2026-11-20",
            "result": "未发现有犯罪记录",
        }
        with self.services.database.transaction() as session:
            return record_reply(
                session,
                content=ReplyContent(
                    type_code="no-criminal-record",
                    holder=HolderCode(value=resident.identity_number),
                    holder_name=resident.name,
                    fields=fields | changes,
                    basis="档案室人工核查",
                ),
                packs=self.services.packs,
                actor=self.staff("handler.li"),
                now=NOW,
            )

    def alter_seal(
        self,
        seal_id: str,
        *,
        ask: AskSecret | None = None,
        **changes: Any,  # noqa: ANN401  entries of a seal
    ) -> None:
        """Alter image, certificates or key of a seal, by its two people; the key is offered."""
        amendment = SealAmendment(**changes)
        if amendment.key_uri:
            with self.services.database.reading() as session:
                current = session.get_one(Seal, seal_id).certificate_chain_pem
            self.offer_key(amendment.key_uri, amendment.certificate_chain_pem or current)
        self._decide(
            lambda session, proposer, now: propose_amendment(
                session,
                seal_id=seal_id,
                amendment=amendment,
                offers=self.services.offered_keys,
                reason="变更",
                actor=proposer,
                now=now,
            ),
            ask,
        )

    def rescope_seal(self, seal_id: str, **scope: Any) -> None:  # noqa: ANN401  entries of a scope
        """Give a seal another scope, by its two people."""
        self._decide(
            lambda session, proposer, now: propose_scope(
                session,
                seal_id=seal_id,
                scope=SealScope(**scope),
                reason="变更范围",
                actor=proposer,
                now=now,
            )
        )

    def change_seal(self, action: SealAction, seal_id: str = "data-sharing-seal") -> None:
        """Change the state of a seal, by its two people."""
        self._decide(
            lambda session, proposer, now: propose_change(
                session, seal_id=seal_id, action=action, reason="例行", actor=proposer, now=now
            )
        )

    def _decide(
        self,
        propose: Callable[[Session, Actor, datetime], SealChange],
        ask: AskSecret | None = None,
    ) -> None:
        now = self.clock.now()
        with self.services.database.transaction() as session:
            change = propose(session, staff_actor(session, "seal.zhao"), now)
            approver = staff_actor(session, "seal.qian")
            self.approve(session, change_id=change.id, actor=approver, now=now, ask=ask)

    def offer_key(self, uri: str, chain_pem: str) -> str:
        """Let the operator of the machine offer a key, unless it is offered; its name."""
        services, now = self.services, self.clock.now()
        with services.database.transaction() as session:
            name = services.offered_keys.find_name(session, uri)
            if name is None:
                name = f"offered-{hashlib.sha256(uri.encode()).hexdigest()[:12]}"
                adopt_key(
                    session, name=name, uri=uri, chain_pem=chain_pem, actor="machine:root", now=now
                )
        return name

    def try_key(
        self,
        session: Session,
        *,
        change_id: int,
        actor: Actor,
        now: datetime,
        ask: AskSecret | None = None,
    ) -> None:
        """Try the key of a change within a transaction."""
        trial = prepare_trial(session, change_id, self.services.offered_keys)
        if trial is not None:
            record_trial(session, trial, sign_trial(trial, now=now, ask=ask), actor=actor, now=now)

    def approve(
        self,
        session: Session,
        *,
        change_id: int,
        actor: Actor,
        now: datetime,
        reason: str = "已核对，同意办理",
        ask: AskSecret | None = None,
    ) -> SealState:
        """Let somebody approve a change of a seal, having its key tried and seeing all of it."""
        reader = self.services.change_desk.reader
        self.try_key(session, change_id=change_id, actor=actor, now=now, ask=ask)
        return approve_change(
            session,
            change_id=change_id,
            shown=reader.read(session, change_id).digest,
            reader=reader,
            reason=reason,
            actor=actor,
            now=now,
        )

    def remove_triggers(self, table: str) -> None:
        """Do what whoever owns a table can: take its triggers away."""
        database = self.services.database
        with database.transaction() as session:
            if database.engine.dialect.name == "postgresql":
                session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
                return
            named = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"
            for name in session.scalars(text(named), {"table": table}).all():
                session.execute(text(f"DROP TRIGGER {name}"))

    def check_log(self) -> int:
        """Bring the log up to what happened, check all of it, and return its length."""
        return check_log(self.services.database, self.services.deliverer)

    def restarted(self) -> "World":
        """The same installation, as a new process finds it."""
        settings = self.services.settings
        return make_world(self.home, settings.database_url, self.clock, **_kept_where(settings))


def _kept_where(settings: Settings) -> dict[str, Any]:
    names = ("objects_url", "objects_access_key", "objects_secret_key", "objects_direct_downloads")
    return {name: getattr(settings, name) for name in names}


def make_world(
    home: Path,
    database_url: str,
    clock: FixedClock,
    **chosen: Any,  # noqa: ANN401  any setting
) -> World:
    """Open an installation in a folder."""
    settings = read_settings(home, fonts_dir=FONTS, database_url=database_url, **chosen)
    services = Services(settings, clock)
    services.__dict__["renderer"] = shared_renderer()
    return World(services=services, clock=clock, home=home)


@cache
def font_folder() -> FontFolder:
    """The fonts of the tree; which characters they have is read once a process."""
    return FontFolder(FONTS)


@cache
def shared_renderer() -> Renderer:
    """One warm layout engine for a process, as in production; it keeps nothing between papers."""
    return Renderer(font_folder())
