"""Labels and values of a seal and its scope, as custodians read them.

- The address of a key is shown whole: whoever decides must see which library, host, PIN file and
  secret file it names. It cannot hold a secret itself.
"""

from collections.abc import Iterable
from itertools import groupby

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy.orm import Session

from api.shared.sentences import Params, sentence
from certsvc.catalogue.types.service import get_type
from certsvc.foundation.clock import in_china
from certsvc.foundation.messages.catalogue import Language
from certsvc.foundation.messages.names import name_in
from certsvc.people.units.service import get_unit
from certsvc.sealing.register.scope_rules import ServiceHours

SCOPE_ENTRIES = (
    "type_codes",
    "unit_codes",
    "service_hours",
    "daily_limit",
    "total_limit",
    "stop_before_days",
)
"""Entries of a scope, in the order in which they are read."""


class SealLabels:
    """Says entries of a seal in one language; asks the register for the names that codes have."""

    def __init__(self, session: Session, language: Language) -> None:
        self._session = session
        self._language = language

    def entry(self, name: str, value: object) -> str:
        """Say one entry of a version or a scope."""
        if name == "has_star":
            return self.say("page.seals.yes" if value else "page.seals.no")
        if value is None or value in ("", frozenset()):
            free = name in SCOPE_ENTRIES
            return self.say("cli.seals.any" if free else "cli.seals.none-given")
        if name in {"type_codes", "unit_codes"}:
            return self._names(name, value)
        if name == "service_hours":
            return self.hours(str(value))
        if name == "certificate_chain_pem":
            return self.certificate(x509.load_pem_x509_certificates(str(value).encode())[0])
        return self._plain(name, value)

    def hours(self, text: str) -> str:
        """Say service hours: weekdays with the same spans together."""
        spans: dict[int, list[str]] = {}
        for day, first, end in ServiceHours.parse(text).spans:
            spans.setdefault(day, []).append(f"{_clock(first)}\N{EN DASH}{_clock(end)}")
        parts: list[str] = []
        # Days that follow each other and have the same spans share the same key.
        for (_, same), days in groupby(
            spans.items(), key=lambda item: (item[0] - list(spans).index(item[0]), item[1])
        ):
            parts.append(f"{self._days([day for day, _ in days])} {self._list(same)}")
        return self.say("page.seals.semicolon").join(parts)

    def certificate(self, certificate: x509.Certificate) -> str:
        """Say which signing certificate it is, and from when to when it is valid."""
        return self.say(
            "page.seals.certificate.words",
            {
                "subject": common_name(certificate.subject),
                "issuer": common_name(certificate.issuer),
                "serial": f"{certificate.serial_number:x}",
                "since": f"{in_china(certificate.not_valid_before_utc):%Y-%m-%d}",
                "until": f"{in_china(certificate.not_valid_after_utc):%Y-%m-%d}",
            },
        )

    def _days(self, days: list[int]) -> str:
        first, last = (self.say(f"page.seals.weekday.{day}") for day in (days[0], days[-1]))
        if len(days) == 1:
            return first
        return self.say("page.seals.weekdays", {"first": first, "last": last})

    def _names(self, name: str, value: object) -> str:
        codes = sorted(value) if isinstance(value, frozenset) else []
        if name == "unit_codes":
            return self._list(get_unit(self._session, code).name for code in codes)
        types = (get_type(self._session, code) for code in codes)
        return self._list(name_in(self._language, each.name, each.name_en) for each in types)

    def _plain(self, name: str, value: object) -> str:
        if name == "uploaded_image":
            return self.say("cli.seals.a-file")
        if name == "diameter_mm":
            return self.say("page.seals.millimetres", {"length": f"{value:g}"})
        if name == "stop_before_days":
            return self.say("page.seals.days", {"days": str(value)})
        return str(value)

    def _list(self, names: Iterable[str]) -> str:
        return self.say("page.seals.comma").join(names)

    def unit(self, code: str) -> str:
        """Name a unit, with its code."""
        return f"{get_unit(self._session, code).name} ({code})"

    def say(self, code: str, params: Params | None = None) -> str:
        """Say a sentence of the catalogue."""
        return sentence(code, self._language, params)


def common_name(name: x509.Name) -> str:
    """Return the CN of a subject or issuer, or all of it if it has none."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else name.rfc4514_string()


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
