"""What each role does: the entries of the navigation and of the start page.

A page stands here with the right that opens it; the page itself still checks.
"""

from dataclasses import dataclass

from certsvc.people.rights.rules import Actor, Permission, Role, may


@dataclass(frozen=True, kw_only=True)
class Work:
    """One thing that somebody may do."""

    address: str
    """Page it begins on."""
    permission: Permission
    """Right that opens the page."""
    short: str
    """Code of its word in the navigation."""
    text: str
    """Beginning of the codes of its title, text and action on the start page."""
    icon: str
    """Its icon."""
    under: tuple[str, ...] = ()
    """Beginnings of the other addresses that belong to it."""
    is_of_seals: bool = False
    """Whether it bears the red of seals."""


_ALL = (
    Work(
        address="/my",
        permission=Permission.READ_OWN_CERTIFICATES,
        short="page.my-short",
        text="page.start.holder",
        icon="identification",
    ),
    Work(
        address="/desk",
        permission=Permission.ISSUE,
        short="page.desk-short",
        text="page.start.desk",
        icon="document-plus",
    ),
    Work(
        address="/batches",
        permission=Permission.ISSUE,
        short="page.batches.short",
        text="page.start.batches",
        icon="table-cells",
    ),
    Work(
        address="/seals",
        permission=Permission.READ_SEALS,
        short="page.seals.short",
        text="page.start.seals",
        icon="check-badge",
        under=("/seal-applications", "/seal-amendments", "/seal-changes"),
        is_of_seals=True,
    ),
    Work(
        address="/packs",
        permission=Permission.READ_PACKS,
        short="page.packs.short",
        text="page.start.packs",
        icon="document-duplicate",
    ),
    Work(
        address="/records",
        permission=Permission.READ_RECORDS,
        short="page.records.short",
        text="page.start.records",
        icon="folder-open",
    ),
    Work(
        address="/sources",
        permission=Permission.READ_SOURCES,
        short="page.sources.short",
        text="page.start.sources",
        icon="circle-stack",
    ),
    Work(
        address="/jobs",
        permission=Permission.KEEP_JOBS,
        short="page.jobs.short",
        text="page.start.jobs",
        icon="cog-6-tooth",
    ),
)
"""In the order of the navigation; whoever logs in begins with the first of theirs."""


def work_of(actor: Actor | None) -> list[Work]:
    """Return what somebody may do; nothing for a visitor who is not logged in."""
    if actor is None or Role.SYSTEM in actor.roles:
        return []
    return [each for each in _ALL if may(actor, each.permission)]
