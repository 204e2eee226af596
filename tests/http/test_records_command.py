"""`certsvc records` as handlers and clerks run it, each with their own log-in."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from certsvc.demonstration.district import APPROVAL_BUREAU, PASSWORD, TALENT_MATTER
from certsvc.demonstration.people import make_residents
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret
from certsvc.people.accounts.service import log_in
from tests.support.command import Answer, run_command

CLERK, HANDLER = "clerk.wang", "handler.li"
RESIDENT = make_residents()[0]


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{home / 'certsvc.db'}")
    yield opened
    opened.close()


class Terminal:
    """A terminal at which one person after the other works on one record."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home, self.database = home, database
        self.secret = LogInSecret.read_or_make(home / SECRET_FILE)
        issued = run_command(
            home,
            "issue",
            *("--type", "no-criminal-record"),
            *("--holder", RESIDENT.identity_number),
            *("--unit", APPROVAL_BUREAU),
            *("--matter", TALENT_MATTER),
            *("--purpose", "申领人才住房补贴"),
            *("--out", str(home / "a.pdf")),
        )
        found = re.search(r"1\.2\.156\.3005\.2\.\S+\.001\.[0-9A-Z]", issued.out)
        assert found, (issued.out, issued.err)
        self.identifier = found[0]

    def run(self, login: str, *arguments: str, lang: str = "zh") -> Answer:
        """Run `certsvc records` with the token of a log-in."""
        token = log_in(
            self.database,
            secret=self.secret,
            name=login,
            password=PASSWORD,
            now=SystemClock().now(),
        ).token
        return run_command(self.home, "records", *arguments, CERTSVC_TOKEN=token, CERTSVC_LANG=lang)

    def change(self, action: str, reason_code: str, *more: str, login: str = HANDLER) -> Answer:
        """Let somebody change how the record stands."""
        reason = ("--reason-code", reason_code, "--reason", "档案正在复核")
        return self.run(login, action, self.identifier, *reason, *more)

    def show(self, login: str = HANDLER, *more: str, lang: str = "zh") -> str:
        """Let somebody look at the record."""
        answer = self.run(login, "show", self.identifier, *more, lang=lang)
        assert answer.code == 0, answer.err
        return answer.out


@pytest.fixture
def terminal(home: Path, database: Database) -> Terminal:
    return Terminal(home, database)


def refused(answer: Answer, code: str) -> bool:
    return answer.code == 1 and f"（{code}）" in answer.err


def end(terminal: Terminal, action: str, reason_code: str) -> None:
    """Let two handlers end the record for good."""
    proposed = terminal.change(action, reason_code)
    assert proposed.code == 0, proposed.err
    assert "等待另一人批准" in proposed.out
    (shown,) = re.findall(r"--shown ([0-9a-f]{64})", proposed.out.replace("\n", ""))
    approve = ("approve", terminal.identifier, "--shown", shown, "--reason", "同意")
    assert refused(terminal.run(HANDLER, *approve), "approvals.own-proposal")
    assert shown in terminal.run("handler.qin", "ending", terminal.identifier).out.replace("\n", "")
    approved = terminal.run("handler.qin", *approve)
    assert approved.code == 0, approved.err


def test_what_two_people_do_not_agree_on_does_not_happen(terminal: Terminal) -> None:
    for login, *step in (
        ("handler.qin", "reject", terminal.identifier, "--reason", "证据不足"),
        (HANDLER, "take-back", terminal.identifier),
    ):
        assert terminal.change("revoke", "facts_wrong").code == 0
        assert terminal.run(login, *step).code == 0
        assert "有效" in terminal.show()
    nothing = terminal.run(HANDLER, "ending", terminal.identifier)
    assert refused(nothing, "certificates.ending-unknown")


def test_a_handler_suspends_resumes_and_revokes(terminal: Terminal) -> None:
    suspended = terminal.change("suspend", "under_review")
    assert suspended.code == 0, suspended.err
    assert "已暂停" in suspended.out
    assert "已暂停" in terminal.show()
    assert terminal.change("resume", "confirmed").code == 0
    end(terminal, "revoke", "facts_wrong")
    assert "已撤销" in terminal.show()
    card = terminal.show()
    assert [line.strip()[:2] for line in card.splitlines() if line.startswith("  ")] == [
        f"{number}." for number in (1, 2, 3, 4)
    ]
    assert "档案正在复核" in card
    assert "handler.li" in card
    assert refused(terminal.change("resume", "confirmed"), "states.transition-refused")


def test_the_card_masks_and_speaks_english(terminal: Terminal) -> None:
    card = terminal.show(lang="en")
    assert RESIDENT.identity_number not in card
    assert "in force" in card
    assert "Producing unit" in card
    assert card.startswith("Certificate of No Criminal Record  1.2.156.3005.2.")


def test_a_past_instant_can_be_asked_about(terminal: Terminal) -> None:
    end(terminal, "cancel", "holder_request")
    assert "已注销" in terminal.show()
    before = terminal.show(HANDLER, "--at", "2020-01-01T00:00:00+08:00")
    assert "2020-01-01" in before
    assert "已注销" not in before.split("变更记录")[0]
    future = terminal.run(HANDLER, "show", terminal.identifier, "--at", "2990-01-01T00:00:00+08:00")
    assert refused(future, "extraction.instant-in-future")


def test_a_new_version_takes_the_place_of_the_old(terminal: Terminal) -> None:
    reason = ("--reason", "纸张污损")
    reissued = terminal.run(HANDLER, "reissue", terminal.identifier, *reason)
    assert reissued.code == 0, reissued.err
    found = re.search(r"1\.2\.156\.3005\.2\.\S+\.002\.[0-9A-Z]", reissued.out)
    assert found
    assert f"被新版代替：{found[0]}" in terminal.show()
    same = terminal.run(HANDLER, "correct", found[0], "--reason", "再改")
    assert refused(same, "issuance.nothing-to-correct")


def test_a_clerk_withdraws_their_units_copy_once(terminal: Terminal) -> None:
    found = re.search(r"提取件 (\S+)", terminal.show(CLERK))
    assert found
    why = ("--reason-code", "taken_by_mistake", "--reason", "误提")
    withdrawn = terminal.run(CLERK, "withdraw-copy", found[1], *why)
    assert withdrawn.code == 0, withdrawn.err
    assert "已被提取单位撤回" in terminal.show(CLERK)
    assert refused(
        terminal.run("clerk.chen", "withdraw-copy", found[1], *why), "extraction.copy-unknown"
    )


def test_who_has_no_right_changes_nothing(terminal: Terminal) -> None:
    clerk = terminal.change("revoke", "facts_wrong", login=CLERK)
    assert refused(clerk, "organisations.permission-denied")
    other = terminal.change("revoke", "facts_wrong", login="handler.sun")
    assert refused(other, "certificates.record-unknown")
    machine = run_command(terminal.home, "records", "show", terminal.identifier)
    assert machine.code == 1
    assert "有效" in terminal.show()


def test_what_is_mistyped_is_told(terminal: Terminal) -> None:
    wrong = terminal.run(HANDLER, "show", "1.2.3")
    assert refused(wrong, "codes.identifier-invalid")
    blank = terminal.run(
        HANDLER, "suspend", terminal.identifier, "--reason-code", "under_review", "--reason", " "
    )
    assert blank.code == 1
    reason_code = terminal.change("suspend", "facts_wrong")
    assert reason_code.code == 1
    assert terminal.change("suspend", "nonsense").code == 2
