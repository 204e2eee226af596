"""One department's records behind every kind of source, for the suite of the Protocol."""

import csv
import json
import socket
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from pydantic import TypeAdapter

from certsvc.evidence.sources.connectors import Connector
from certsvc.evidence.sources.descriptions import SourceDescription
from certsvc.evidence.sources.service import make_connector
from certsvc.foundation.codes.credit_code import credit_code_check_character
from tests.support.department_service import Asked, department_service

UNIT = "11990101MB0000002" + credit_code_check_character("11990101MB0000002")
TYPE = "household"
PEOPLE = [
    {"sfzh": "990101199003070023", "xm": "青小禾", "xb": "2", "csrq": "19900307"},
    {"sfzh": "99010119850101001X", "xm": "买买提·阿不都热西提", "xb": "1", "csrq": "19850101"},
    {"sfzh": "990101200002290011", "xm": "张䶮", "xb": "1", "csrq": "20000229"},
    {"sfzh": "990101200002290011", "xm": "张䶮", "xb": "1", "csrq": "20000229"},
]
MEMBERS = [
    {"sfzh": "990101199003070023", "gx": "户主", "ys": "12"},
    {"sfzh": "990101199003070023", "gx": "配偶", "ys": ""},
]
FIELDS: dict[str, Any] = {
    "name": "xm",
    "id_number": {"column": "sfzh", "form": "identity-number"},
    "sex": {"column": "xb", "codes": {"1": "男", "2": "女"}},
    "birth_on": {"column": "csrq", "form": "date", "date_format": "%Y%m%d"},
}
COLUMNS: dict[str, Any] = {
    "relation": "gx",
    "months": {"column": "ys", "form": "integer", "optional": True},
}
COMMON = {"holder_name": "xm", "basis": "户籍库", "fields": FIELDS}
_DESCRIPTION: TypeAdapter[SourceDescription] = TypeAdapter(SourceDescription)


def described(**entries: Any) -> SourceDescription:  # noqa: ANN401  entries of a description
    """A description of the department's source."""
    return _DESCRIPTION.validate_python(
        {"code": "household", "name": "户籍库", "unit": UNIT} | entries
    )


@dataclass(frozen=True, kw_only=True)
class Department:
    """A connected department."""

    description: SourceDescription
    connector: Connector
    vanish: Callable[[], None]
    """Takes its records away as a whole."""
    lose_column: Callable[[], None]
    """Renames the column of birthdays."""


Opened = AbstractContextManager[Department]


@contextmanager
def sql_department(folder: Path) -> Iterator[Department]:
    path = folder / "department.db"
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE people (sfzh, xm, xb, csrq)")
    database.execute("CREATE TABLE members (sfzh, gx, ys)")
    database.executemany("INSERT INTO people VALUES (:sfzh, :xm, :xb, :csrq)", PEOPLE)
    database.executemany("INSERT INTO members VALUES (:sfzh, :gx, :ys)", MEMBERS)
    database.commit()
    members = {"query": "SELECT * FROM members WHERE sfzh = :holder", "columns": COLUMNS}
    definition = COMMON | {
        "query": "SELECT * FROM people WHERE sfzh = :holder",
        "tables": {"members": members},
    }
    description = described(url=f"sqlite:///{path}", types={TYPE: definition})

    def run(statement: str) -> Callable[[], None]:
        def change() -> None:
            database.execute(statement)
            database.commit()

        return change

    yield _department(
        description,
        vanish=run("DROP TABLE people"),
        lose_column=run("ALTER TABLE people RENAME COLUMN csrq TO birthday"),
    )
    database.close()


@contextmanager
def http_department(_: Path) -> Iterator[Department]:
    people = [dict(person) for person in PEOPLE]

    def answer(connection: socket.socket, asked: Asked) -> None:
        number = asked.json["number"]
        found = [
            person | {"family": [each for each in MEMBERS if each["sfzh"] == number]}
            for person in people
            if person["sfzh"] == number
        ]
        content = json.dumps({"code": 0, "data": {"list": found}}, ensure_ascii=False).encode()
        head = (
            f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(content)}"
        )
        connection.sendall(head.encode() + b"\r\nConnection: close\r\n\r\n" + content)

    with department_service(answer) as service:
        definition = COMMON | {
            "path": "/household",
            "parameters": {"number": ":holder"},
            "status": "code",
            "records": "data.list",
            "tables": {"members": {"rows": "family", "columns": COLUMNS}},
        }

        def lose_column() -> None:
            for person in people:
                person["birthday"] = person.pop("csrq")

        yield _department(
            described(kind="http", url=service.url, types={TYPE: definition}),
            vanish=service.stop,
            lose_column=lose_column,
        )


@contextmanager
def csv_department(folder: Path) -> Iterator[Department]:
    with _file_department(folder, ".csv", _write_csv) as department:
        yield department


@contextmanager
def workbook_department(folder: Path) -> Iterator[Department]:
    with _file_department(folder, ".xlsx", _write_workbook) as department:
        yield department


@contextmanager
def _file_department(
    folder: Path, ending: str, write: Callable[[Path, Sequence[dict[str, str]]], None]
) -> Iterator[Department]:
    people, members = folder / f"people{ending}", folder / f"members{ending}"
    write(people, PEOPLE)
    write(members, MEMBERS)
    definition = COMMON | {
        "file": people,
        "holder": "sfzh",
        "tables": {"members": {"file": members, "holder": "sfzh", "columns": COLUMNS}},
    }
    renamed = [
        {("birthday" if name == "csrq" else name): value for name, value in person.items()}
        for person in PEOPLE
    ]
    yield _department(
        described(kind="file", types={TYPE: definition}),
        vanish=people.unlink,
        lose_column=lambda: write(people, renamed),
    )


def _department(description: SourceDescription, **changes: Callable[[], None]) -> Department:
    return Department(description=description, connector=make_connector(description), **changes)


def _write_csv(path: Path, rows: Sequence[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _write_workbook(path: Path, rows: Sequence[dict[str, str]]) -> None:
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet()
    for number, row in enumerate([list(rows[0]), *(list(each.values()) for each in rows)]):
        sheet.write_row(number, 0, row)
    workbook.close()
