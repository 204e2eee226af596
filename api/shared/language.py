"""Which language a visitor reads: Chinese unless they ask for English."""

from certsvc.foundation.messages.catalogue import Language

HTML_TAGS = {Language.ZH: "zh-CN", Language.EN: "en"}
"""Language tags (BCP 47) for `lang` and `Content-Language`."""


def parse_language(text: str | None) -> Language | None:
    """Read a language tag such as `en-GB`; None if the service does not speak it."""
    primary = (text or "").strip().lower().replace("_", "-").split("-")[0]
    return Language(primary) if primary in set(Language) else None


def preferred_language(accept_language: str | None) -> Language:
    """Choose by an Accept-Language header (RFC 9110 §12.5.4); Chinese when in doubt."""
    best, best_weight = Language.ZH, 0.0
    for part in (accept_language or "").split(","):
        tag, _, parameter = part.partition(";")
        language, weight = parse_language(tag), _weight(parameter)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 < weight <= 1 else 0.0
