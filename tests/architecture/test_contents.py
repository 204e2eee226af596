"""Nothing that belongs to one machine, one person or another site is kept in the tree."""

import re

from tests.architecture.tree import name_of, project_files

# Every foreign host that may be named; anything else is asked about when it is written.
_KNOWN_HOSTS = {
    "localhost",
    "json-schema.org",
    "keepachangelog.com",
    "maven.apache.org",  # the namespace of a pom.xml
    "ns.adobe.com",  # namespaces of XMP
    "purl.org",
    "schemas.openxmlformats.org",  # namespaces of XLSX
    "www.aiim.org",
    "www.apache.org",  # the licence
    "www.npes.org",
    "www.w3.org",
}
_RESERVED = (".example", ".test", ".invalid", "example.com", "example.org", "example.net")
_URL = re.compile(r"\bhttps?://([A-Za-z0-9.-]+\.[A-Za-z0-9-]+|localhost)")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}")
_HOME = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/[a-z]")
_BINARY = {".png", ".jpg", ".pdf", ".ico", ".woff2", ".ttf", ".otf"}


def test_no_private_key() -> None:
    assert _found(_PRIVATE_KEY) == []
    keys = {".key", ".p12", ".pfx", ".jks"}
    assert [name_of(path) for path in project_files() if path.suffix in keys] == []


def test_no_path_of_one_machine() -> None:
    assert _found(_HOME) == []


def test_only_known_hosts_are_named() -> None:
    named = {(name, _URL.match(text)[1]) for name, text in _found(_URL)}  # type: ignore[index]
    unknown = {(name, host) for name, host in named if not _is_known(host)}
    assert sorted(unknown) == []


def _is_known(host: str) -> bool:
    return host in _KNOWN_HOSTS or host.endswith(_RESERVED) or host.startswith("127.")


def _found(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    return [
        (name_of(path), match[0])
        for path in project_files()
        if path.suffix not in _BINARY
        for match in pattern.finditer(path.read_text(encoding="utf-8", errors="replace"))
    ]
