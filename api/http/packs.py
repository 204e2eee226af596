"""Versions of template packs: what is in force, what waits, and the decisions of two people."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, status
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy.orm import Session

from api.shared.calls import Call
from api.shared.described import created
from api.shared.instants import InstantText
from api.shared.problems import problems
from api.shared.repetitions import Repeatable
from api.shared.requests import InterfaceCall
from certsvc.catalogue.packs.decisions import decide_version
from certsvc.catalogue.packs.rules import VersionState
from certsvc.catalogue.packs.service import propose_version
from certsvc.catalogue.packs.shown_versions import read_version
from certsvc.catalogue.packs.views import VersionLine, get_version, list_versions
from certsvc.foundation.approvals.rules import Decision, Outcome
from certsvc.foundation.clock import china_day, rfc3339

router = APIRouter(prefix="/api/v1/pack-versions", tags=["template packs"])
_LARGEST_ID = 2**31 - 1
Number = Annotated[
    int, Path(ge=1, le=_LARGEST_ID, description="Number of the proposal", examples=[9])
]
Reason = Annotated[str, Field(max_length=1000, description="Why; kept in the register")]
_EXAMPLE: JsonDict = {
    "number": 9,
    "pack": "no-criminal-record",
    "version": "2",
    "digest": "3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b8557",
    "title": "无犯罪记录证明",
    "effective_on": "2027-01-01",
    "state": "planned",
    "reason": "按新的文书格式调整",
    "proposed_by": "staff:pack.sun",
    "proposed_at": "2026-11-21T10:00:00+08:00",
    "decided_by": "staff:pack.zhou",
    "decided_at": "2026-11-21T11:00:00+08:00",
    "decision_reason": "样式和措辞已核对",
}


class ListedVersion(BaseModel):
    """A version of a template pack and what became of its proposal."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    number: Annotated[int, Field(description="Number of the proposal")]
    pack: Annotated[str, Field(description="Code of the pack and of its certificate type")]
    version: str
    digest: Annotated[str, Field(description="SHA-256 over the files papers are set with")]
    title: str
    effective_on: Annotated[date, Field(description="Day in China from which it is in force")]
    state: VersionState
    reason: str
    proposed_by: str
    proposed_at: InstantText
    decided_by: str | None
    decided_at: InstantText | None
    decision_reason: str | None


class ListedVersions(BaseModel):
    """Versions, by pack, the latest proposal first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"versions": [_EXAMPLE]}]})

    versions: list[ListedVersion]


class VersionProposal(BaseModel):
    """A pack that lies in the folder, to be in force from a day on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "pack": "no-criminal-record",
                    "effective_on": "2027-01-01",
                    "reason": "按新的文书格式调整",
                }
            ]
        },
    )

    pack: Annotated[str, Field(max_length=60, description="Code of the pack")]
    effective_on: Annotated[
        date | None, Field(description="Day in China from which it is in force; today if left out")
    ] = None
    reason: Reason


class VersionDecision(BaseModel):
    """A decision on a proposal."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "样式和措辞已核对"}]}
    )

    reason: Reason


class VersionApproval(VersionDecision):
    """An approval of exactly what was shown."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"reason": "样式和措辞已核对", "shown": _EXAMPLE["digest"]}]
        },
    )

    shown: Annotated[
        str, Field(max_length=64, description="`shown` of the version as it was seen whole")
    ]


class VersionFile(BaseModel):
    """A file that papers would be set with, or would be set with no more."""

    path: str
    state: Literal["new", "altered", "same", "removed"]
    sha256: str
    difference: Annotated[str, Field(description="Unified diff; empty if it is no text")]


class ReplacedVersion(BaseModel):
    """The version that another one takes the place of."""

    version: str
    digest: str


class WholeVersion(BaseModel):
    """All that a version would make take effect."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "listed": _EXAMPLE,
                    "replaces": {"version": "1", "digest": _EXAMPLE["digest"]},
                    "files": [
                        {
                            "path": "no-criminal-record/layout.typ",
                            "state": "altered",
                            "sha256": _EXAMPLE["digest"],
                            "difference": "--- …",
                        }
                    ],
                    "shown": _EXAMPLE["digest"],
                }
            ]
        }
    )

    listed: ListedVersion
    replaces: ReplacedVersion | None
    files: list[VersionFile]
    shown: Annotated[str, Field(description="Digest of all this; an approval gives it back")]


@router.get("", summary="List versions of packs", responses=problems(401, 403, 422, 503))
def list_pack_versions(
    call: InterfaceCall,
    pack: Annotated[
        str,
        Query(
            max_length=60,
            description="Code of a pack; all if empty",
            examples=["no-criminal-record"],
        ),
    ] = "",
) -> ListedVersions:
    """List the versions of all packs or of one."""
    with call.reading() as session:
        lines = list_versions(session, actor=call.actor, now=call.now, code=pack)
    return ListedVersions(versions=[_listed(line) for line in lines])


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="Propose a version",
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503) | created(),
)
def propose_pack_version(
    proposal: VersionProposal, call: InterfaceCall, once: Repeatable
) -> ListedVersion:
    """Propose the pack as it lies in the installation's folder; it is linted first."""
    now = call.now
    pack = call.services.pack_desk.check(proposal.pack, actor=call.actor)

    def work(session: Session) -> ListedVersion:
        version = propose_version(
            session,
            pack=pack,
            effective_on=proposal.effective_on or china_day(now),
            reason=proposal.reason,
            actor=call.actor,
            now=now,
        )
        once.location = f"{router.prefix}/{version.id}"
        return _listed(get_version(session, version.id, actor=call.actor, now=now))

    return once.create(proposal, ListedVersion, work)


@router.get(
    "/{number}",
    summary="See a version whole",
    responses=problems(401, 403, 404, 422, 500, 503),
)
def get_pack_version(number: Number, call: InterfaceCall) -> WholeVersion:
    """Return all that a version would make take effect, and the digest to approve it by."""
    with call.reading() as session:
        whole = read_version(session, number, actor=call.actor)
        listed = _listed(get_version(session, number, actor=call.actor, now=call.now))
    replaced = whole.replaced
    return WholeVersion(
        listed=listed,
        replaces=ReplacedVersion(version=replaced.version, digest=replaced.digest)
        if replaced
        else None,
        files=[
            VersionFile(
                path=file.path, state=file.state, sha256=file.sha256, difference=file.difference
            )
            for file in whole.files
        ],
        shown=whole.digest,
    )


_DECIDING = problems(400, 401, 403, 404, 409, 413, 415, 422, 500, 503)


@router.post("/{number}/approval", summary="Approve a version", responses=_DECIDING)
def approve_pack_version(
    number: Number,
    decision: VersionApproval,
    call: InterfaceCall,
) -> ListedVersion:
    """Approve exactly what was seen; if anything else would take effect, look again."""
    return _decide(
        call,
        number,
        Decision(outcome=Outcome.APPROVED, reason=decision.reason, shown=decision.shown),
    )


@router.post("/{number}/rejection", summary="Reject a version", responses=_DECIDING)
def reject_pack_version(
    number: Number,
    decision: VersionDecision,
    call: InterfaceCall,
) -> ListedVersion:
    """Refuse what another person proposed."""
    return _decide(call, number, Decision(outcome=Outcome.REJECTED, reason=decision.reason))


@router.post("/{number}/withdrawal", summary="Withdraw a version", responses=_DECIDING)
def withdraw_pack_version(
    number: Number,
    decision: VersionDecision,
    call: InterfaceCall,
) -> ListedVersion:
    """Take back a proposal of one's own."""
    return _decide(call, number, Decision(outcome=Outcome.WITHDRAWN, reason=decision.reason))


def _decide(call: Call, number: int, decision: Decision) -> ListedVersion:
    with call.transaction() as session:
        decide_version(session, number, decision, actor=call.actor, now=call.now)
    return _answer(call, number)


def _answer(call: Call, number: int) -> ListedVersion:
    with call.reading() as session:
        return _listed(get_version(session, number, actor=call.actor, now=call.now))


def _listed(line: VersionLine) -> ListedVersion:
    return ListedVersion(
        number=line.id,
        pack=line.code,
        version=line.version,
        digest=line.digest,
        title=line.title,
        effective_on=line.effective_on,
        state=line.state,
        reason=line.reason,
        proposed_by=line.proposed_by,
        proposed_at=rfc3339(line.proposed_at),
        decided_by=line.decided_by,
        decided_at=rfc3339(line.decided_at) if line.decided_at else None,
        decision_reason=line.decision_reason,
    )
