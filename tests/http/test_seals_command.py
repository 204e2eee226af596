"""`certsvc seals` as custodians run it: each logs in themselves, and words are theirs."""

import csv
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from certsvc.bootstrap import Services
from certsvc.demonstration.district import (
    APPROVAL_BUREAU,
    BIG_DATA_BUREAU,
    PASSWORD,
    TALENT_MATTER,
)
from certsvc.demonstration.people import make_residents
from certsvc.foundation.clock import SystemClock
from certsvc.foundation.db.engine import Database
from certsvc.foundation.log_in_secret import SECRET_FILE, LogInSecret
from certsvc.foundation.settings import read_settings
from certsvc.people.accounts.records import LogIn, StaffMember
from certsvc.people.accounts.service import log_in, register_staff
from certsvc.people.rights.rules import Role
from tests.support.command import ROOT, Answer, environment, run_command
from tests.support.world import FONTS

SEAL = "data-sharing-seal"
ZHAO, QIAN = "seal.zhao", "seal.qian"
WHY = ("--reason", "已核对，同意")


@pytest.fixture
def database(home: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{home / 'certsvc.db'}")
    yield opened
    opened.close()


class Terminal:
    """A terminal at which one person after the other works."""

    def __init__(self, home: Path, database: Database) -> None:
        self.home, self.database = home, database
        self.secret = LogInSecret.read_or_make(home / SECRET_FILE)

    def run(self, login: str, *arguments: str, lang: str = "zh") -> Answer:
        """Run a command with the token of a log-in."""
        token = log_in(
            self.database,
            secret=self.secret,
            name=login,
            password=PASSWORD,
            now=SystemClock().now(),
        ).token
        return run_command(self.home, "seals", *arguments, CERTSVC_TOKEN=token, CERTSVC_LANG=lang)

    def propose(self, *arguments: str) -> str:
        """Propose something as the custodian, and return its number."""
        answer = self.run(ZHAO, "propose", *arguments, "--reason", "例行检查")
        assert answer.code == 0, answer.err
        found = re.search(r"变更编号 (\d+)", answer.out)
        assert found
        return found[1]

    def approve(self, number: str) -> Answer:
        """Approve something as the approver who saw all of it."""
        services = Services(read_settings(self.home, fonts_dir=FONTS))
        with services.database.reading() as session:
            shown = services.change_desk.reader.read(session, int(number)).digest
        services.close()
        return self.run(QIAN, "approve", number, "--shown", shown, *WHY)


@pytest.fixture
def terminal(home: Path, database: Database) -> Terminal:
    return Terminal(home, database)


def refused(answer: Answer, code: str) -> bool:
    return answer.code == 1 and f"（{code}）" in answer.err


class TestTwoPeople:
    def test_a_change_takes_two_log_ins(self, terminal: Terminal) -> None:
        number = terminal.propose(SEAL, "stop")
        waiting = terminal.run(QIAN, "waiting").out
        assert "停用，待审批。理由：例行检查" in waiting
        assert "赵印管（演示） (seal.zhao)" in waiting
        shown = re.findall(r"--shown ([0-9a-f]{64})", waiting)
        approving = ("approve", number, *WHY, "--shown")
        assert refused(terminal.run(ZHAO, *approving, shown[0]), "organisations.permission-denied")
        other = terminal.run(QIAN, *approving, "0" * 64)
        assert refused(other, "approvals.changed-since-shown")
        approved = terminal.run(QIAN, *approving, shown[0])
        assert "印章现在的状态：停用" in approved.out
        assert refused(terminal.run(QIAN, *approving, shown[0]), "approvals.unknown")
        assert "没有等待您审批的变更" in terminal.run(QIAN, "waiting").out

    def test_rejecting_and_withdrawing(self, terminal: Terminal) -> None:
        first = terminal.propose(SEAL, "stop")
        assert terminal.run(QIAN, "reject", first, *WHY).code == 0
        second = terminal.propose(SEAL, "stop")
        assert terminal.run(ZHAO, "withdraw", second).code == 0
        history = terminal.run(ZHAO, "show", SEAL).out
        assert "停用，已驳回" in history
        assert "停用，已撤回" in history

    def test_one_person_with_two_accounts_is_one_person(
        self, terminal: Terminal, database: Database
    ) -> None:
        with database.transaction() as session:
            register_staff(
                session,
                login="zhao.second",
                name="赵印管",
                person_id=session.get_one(StaffMember, ZHAO).person_id,
                unit_code=BIG_DATA_BUREAU,
                password=PASSWORD,
                roles=frozenset({Role.SEAL_APPROVER}),
            )
        number = terminal.propose(SEAL, "stop")
        assert "没有等待您审批的变更" in terminal.run("zhao.second", "waiting").out
        for decision in (["approve", "--shown", "0" * 64], ["reject"]):
            answer = terminal.run("zhao.second", *decision, number, *WHY)
            assert refused(answer, "approvals.own-proposal")

    def test_the_owner_of_the_machine_is_nobody_here(self, home: Path) -> None:
        for arguments in (
            ["list"],
            ["show", SEAL],
            ["waiting"],
            ["uses"],
            ["approve", "1", *WHY],
            ["propose", SEAL, "stop", "--reason", "x"],
        ):
            assert refused(run_command(home, "seals", *arguments), "cli.log-in-nameless")
        wrong = run_command(home, "seals", "list", CERTSVC_TOKEN="guessed")
        assert refused(wrong, "organisations.not-logged-in")

    @pytest.mark.parametrize(("password", "code"), [(PASSWORD, 0), ("wrong", 1), ("", 1)])
    def test_a_password_is_read_and_no_log_in_is_left(
        self, home: Path, database: Database, password: str, code: int
    ) -> None:
        done = subprocess.run(  # noqa: S603  our own command
            [sys.executable, "-m", "api.cli.main", "seals", "list", "--as", ZHAO],
            input=f"{password}\n",
            capture_output=True,
            check=False,
            encoding="utf-8",
            env=environment(home, PYTHONPATH=str(ROOT)),
            timeout=60,
        )
        assert done.returncode == code, done.stderr
        assert ("data-sharing-seal" in done.stdout) == (code == 0)
        assert password == "" or password not in done.stdout + done.stderr
        with database.reading() as session:
            assert session.scalar(select(func.count()).select_from(LogIn)) == 0


class TestFiles:
    def test_an_application_by_a_file(self, terminal: Terminal, tmp_path: Path) -> None:
        file = self.write(terminal, tmp_path)
        applied = terminal.run(ZHAO, "apply", str(file))
        assert applied.code == 0, applied.err
        assert "third-seal，申请" in applied.out
        assert "尚未申请" in terminal.run(ZHAO, "show", "third-seal").out

    def write(self, terminal: Terminal, folder: Path, **changes: str) -> Path:
        chain = terminal.home / "pki" / f"{SEAL}.pem"
        (folder / "chain.pem").write_bytes(chain.read_bytes())
        lines = {
            "number": '"third-seal"',
            "name": '"云岭区第三专用章"',
            "owner": f'"{BIG_DATA_BUREAU}"',
            "route": '"data_sharing"',
            "reason": '"扩大试点"',
            "image.rim_text": '"云岭区第三专用章"',
            "image.star": "true",
            "signing.key": f'"{SEAL}"',
            "signing.certificates": '"chain.pem"',
            "scope.types": '["no-criminal-record"]',
            "scope.hours": '"1-5 08:30-17:30"',
            "scope.per_day": "5",
        } | changes
        path = folder / "seal.toml"
        path.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()), "utf-8")
        return path

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"route": '"by_hand"'}, "cli.seals.file-invalid"),
            ({"route": "1"}, "cli.seals.file-invalid"),
            ({"scope.per_day": '"5"'}, "cli.seals.file-invalid"),
            ({"scope.per_day": "true"}, "cli.seals.file-invalid"),
            ({"scope.types": "[1]"}, "cli.seals.file-invalid"),
            ({"colour": '"red"'}, "cli.seals.file-invalid"),
            ({"name": "“"}, "cli.seals.file-invalid"),
            ({"image.diameter_mm": "nan"}, "seals.application-invalid"),
            ({"name": '"a\\u001b[2J"'}, "seals.application-invalid"),
            ({"scope.per_day": "0"}, "seals.scope-invalid"),
            ({"scope.hours": '"immer"'}, "seals.scope-invalid"),
            ({"scope.types": '["marriage"]'}, "catalogue.type-unknown"),
            ({"signing.certificates": '"seal.toml"'}, "custody.certificate-unusable"),
            ({"signing.key": '"nothing"'}, "seals.key-not-offered"),
            (
                {"signing.key": '"pkcs11:object=k?module-path=/tmp/l.so"'},
                "seals.key-not-offered",
            ),
            ({"signing.certificates": '"nowhere.pem"'}, "cli.file-missing"),
        ],
    )
    def test_what_is_refused(
        self, terminal: Terminal, tmp_path: Path, changes: dict[str, str], code: str
    ) -> None:
        file = self.write(terminal, tmp_path, **changes)
        answer = terminal.run(ZHAO, "apply", str(file))
        assert refused(answer, code), answer.err

    def test_an_amendment_and_a_scope_by_files(self, terminal: Terminal, tmp_path: Path) -> None:
        words, scope = tmp_path / "words.toml", tmp_path / "scope.toml"
        words.write_text('[image]\nbottom_text = "试用"\n', "utf-8")
        scope.write_text('[scope]\nin_all = 10\nhours = "1-7 00:00-24:00"\n', "utf-8")
        number = terminal.propose(SEAL, "amend", "--file", str(words))
        assert "下方文字：演示专用 → 试用" in terminal.run(QIAN, "waiting").out
        terminal.approve(number)
        terminal.approve(terminal.propose(SEAL, "rescope", "--file", str(scope)))
        card = terminal.run(QIAN, "show", SEAL).out
        assert "共 0 次（上限 10）" in card
        assert "时段 1-7 00:00-24:00" in card

    def test_a_file_comes_with_what_needs_one_and_nothing_else(
        self, terminal: Terminal, tmp_path: Path
    ) -> None:
        file = tmp_path / "x.toml"
        file.write_text("", "utf-8")
        for arguments in (["amend"], ["rescope"], ["stop", "--file", str(file)]):
            answer = terminal.run(ZHAO, "propose", SEAL, *arguments, "--reason", "x")
            assert refused(answer, "cli.seals.file-needed")


def issue(home: Path, out: Path) -> Answer:
    """Issue a certificate as whoever operates the machine."""
    return run_command(
        home,
        *("issue", "--type", "no-criminal-record", "--unit", APPROVAL_BUREAU),
        *("--holder", make_residents()[0].identity_number),
        *("--matter", TALENT_MATTER, "--purpose", "申领人才住房补贴"),
        *("--out", str(out)),
    )


def test_recovery_stops_what_has_come_to_its_end(terminal: Terminal, tmp_path: Path) -> None:
    assert issue(terminal.home, tmp_path / "paper.pdf").code == 0
    assert SEAL not in run_command(terminal.home, "db", "recover").err
    scope = tmp_path / "scope.toml"
    scope.write_text("[scope]\nin_all = 1\n", "utf-8")
    terminal.approve(terminal.propose(SEAL, "rescope", "--file", str(scope)))
    told = run_command(terminal.home, "db", "recover").err
    assert f"系统已停用印章 {SEAL}：已达到总次数上限" in told
    card = terminal.run(ZHAO, "show", SEAL).out
    assert "停用，已通过。理由：已达到总次数上限" in card
    assert "提出：系统" in card


class TestReading:
    def test_the_filing_record_has_what_is_asked_for(
        self, terminal: Terminal, tmp_path: Path
    ) -> None:
        out = tmp_path / "filing.json"
        assert terminal.run(ZHAO, "export", SEAL, "--out", str(out)).code == 0
        record = json.loads(out.read_text("utf-8"))
        assert record["seal"]["name"] == "云岭区证照数据共享查询核验专用章"
        assert record["seal"]["state"] == "in_use"
        assert record["image"]["width_mm"] == 42.0
        assert record["signing_certificates"][0]["pem"].startswith("-----BEGIN CERTIFICATE")
        steps = [(change["action"], change["outcome"]) for change in record["changes"]]
        assert steps == [(action, "approved") for action in ("apply", "make", "file", "enable")]
        assert record["changes"][0]["proposer"] == "赵印管（演示）"
        assert record["changes"][0]["decider"] == "钱审批（演示）"
        assert "key_uri" not in out.read_text("utf-8")
        assert "passphrase" not in out.read_text("utf-8")

    def test_uses_on_the_terminal_and_as_a_table(self, terminal: Terminal, tmp_path: Path) -> None:
        issued = issue(terminal.home, tmp_path / "paper.pdf")
        assert issued.code == 0, issued.err
        assert "已用印" in terminal.run(QIAN, "uses", "--seal", SEAL).out
        table = tmp_path / "uses.csv"
        written = terminal.run(QIAN, "uses", "--csv", str(table), "--since", "2026-01-01")
        assert "共 1 次用印" in written.err
        rows = list(csv.reader(table.read_text("utf-8-sig").splitlines()))
        assert rows[0][0] == "印章编号"
        assert rows[1][0] == SEAL
        none = terminal.run(QIAN, "uses", "--outside-hours", "--hours", "1-7 00:00-24:00")
        assert "共 0 次用印" in none.err
        before = terminal.run(QIAN, "uses", "--until", "2026-01-01")
        assert "共 0 次用印" in before.err
        for option in ("--since", "--until"):
            answer = terminal.run(QIAN, "uses", option, "gestern")
            assert refused(answer, "cli.seals.period-invalid")
        endless = terminal.run(QIAN, "uses", "--until", "9999-12-31")
        assert refused(endless, "cli.seals.period-invalid")
        earliest = terminal.run(QIAN, "uses", "--since", "0001-01-01")
        assert refused(earliest, "cli.seals.period-invalid")

    def test_anybody_asks_for_the_status(self, home: Path, tmp_path: Path) -> None:
        out = tmp_path / "status.json"
        answer = run_command(home, "seals", "status", SEAL, "--out", str(out))
        assert answer.code == 0, answer.err
        assert "有效" in answer.out
        assert json.loads(out.read_text("utf-8"))["answer"]["valid"] is True
        past = run_command(home, "seals", "status", SEAL, "--at", "2020-01-01T00:00:00+08:00")
        assert "无效（状态：尚未申请）" in past.out
        assert refused(run_command(home, "seals", "status", "nowhere"), "seals.unknown")

    def test_the_picture_and_the_card_in_english(self, terminal: Terminal, tmp_path: Path) -> None:
        picture = tmp_path / "seal.svg"
        answer = terminal.run(ZHAO, "show", SEAL, "--picture", str(picture), lang="en")
        assert "State: in use, since" in answer.out
        assert picture.read_text("utf-8").startswith("<svg")
