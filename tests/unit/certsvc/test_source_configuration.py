"""The file that describes the sources: what is accepted, and what is refused by its place."""

from pathlib import Path

import pytest

from certsvc.evidence.sources.configuration import read_sources
from certsvc.evidence.sources.descriptions import FileDescription, HttpDescription, SqlDescription
from certsvc.evidence.sources.errors import SourceConfigurationError
from tests.support.departments import UNIT

TYPE = """
[source.types.{code}]
{more}
holder_name = "xm"
basis = "库"
[source.types.{code}.fields]
name = "xm"
"""
QUERY = 'query = "SELECT xm FROM p WHERE h = :holder"'
REQUEST = 'path = "/q"\nparameters = {number = ":holder"}\nrecords = "data"'
SHEET = 'file = "rolls/roll.csv"\nholder = "证件号码"'


def source(head: str, more: str = QUERY, *, code: str = "roll", unit: str = UNIT) -> str:
    return f'[[source]]\ncode = "{code}-db"\nunit = "{unit}"\n{head}\n' + TYPE.format(
        code=code, more=more
    )


SQL = source('url = "sqlite:///p.db"')
HTTP = source('kind = "http"\nurl = "https://dept.example/api/"', REQUEST, code="http")
FILE = source('kind = "file"', SHEET, code="file")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sources.toml"


def test_no_file_is_no_source(file: Path) -> None:
    assert read_sources(file) == ()


def test_each_kind_is_read_and_one_without_a_kind_is_a_database(file: Path) -> None:
    file.write_text(SQL + HTTP + FILE)
    sql, http, table = read_sources(file)
    assert isinstance(sql, SqlDescription)
    assert isinstance(http, HttpDescription)
    assert isinstance(table, FileDescription)
    assert (sql.name, sql.types["roll"].fields["name"].column) == ("库", "xm")
    assert http.url == "https://dept.example/api"
    assert table.types["file"].file == file.parent / "rolls" / "roll.csv"


@pytest.mark.parametrize(
    "url",
    [
        "http://dept.example/api",
        "http://department.example/api",
        "http://localhost.dept.example/",
        "https://user:word@dept.example/",
        "https://dept.example/?key=1",
        "https://dept.example/#x",
        "ftp://dept.example/",
        "https:///api",
    ],
)
def test_an_address_without_tls_or_with_a_secret_is_refused(file: Path, url: str) -> None:
    file.write_text(HTTP.replace("https://dept.example/api/", url))
    with pytest.raises(SourceConfigurationError) as caught:
        read_sources(file)
    assert "url" in str(caught.value.params["entry"])
    assert "word" not in str(caught.value.params)


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:1"])
def test_plain_http_reaches_this_machine_alone(file: Path, host: str) -> None:
    file.write_text(HTTP.replace("https://dept.example", f"http://{host}"))
    assert len(read_sources(file)) == 1


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (SQL.replace(UNIT, UNIT[:-1] + ("0" if UNIT[-1] != "0" else "1")), "roll-db.unit"),
        (SQL + SQL, "roll-db"),
        (SQL + SQL.replace("roll-db", "other-db"), "roll"),
        (SQL.replace('kind = "http"', "").replace("sqlite:///p.db", "nonsense"), "url"),
        (SQL.replace("holder_name", "holder_nme"), "holder_n"),
        (SQL + 'sex = {column = "xb", form = "colour"}\n', "form"),
        (SQL.replace("[[source]]", "[[source]]\nlimits = {total_s = 0}"), "total_s"),
        (SQL.replace("[[source]]", '[[source]]\nkind = "ldap"'), "source"),
        (SQL.replace("roll-db", "../db"), "code"),
        (HTTP.replace(":holder", "holder"), "http"),
        (
            FILE.replace('basis = "库"', 'basis = "库"\nholder_kinds = ["414", "511"]'),
            "file",
        ),
        ("source = 3", ""),
        ("[[source", "-"),
    ],
)
def test_what_is_wrong_is_refused_by_its_place(file: Path, content: str, place: str) -> None:
    file.write_text(content)
    with pytest.raises(SourceConfigurationError) as caught:
        read_sources(file)
    assert place in str(caught.value.params["entry"]) or place == "source"


@pytest.mark.parametrize("secret", ["{}", '{file = "a", variable = "B"}', '"open-sesame"'])
def test_a_secret_is_a_file_or_a_variable_and_never_a_text(file: Path, secret: str) -> None:
    file.write_text(SQL.replace("[[source]]", f"[[source]]\npassword = {secret}"))
    with pytest.raises(SourceConfigurationError) as caught:
        read_sources(file)
    assert "sesame" not in str(caught.value.params)
