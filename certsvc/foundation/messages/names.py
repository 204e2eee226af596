"""Names that a district gives in Chinese, and in English where it likes: types and matters.

Names of units, seals and people are proper names; they stay as they are.
"""

from certsvc.foundation.messages.catalogue import Language


def name_in(language: Language, name: str, name_en: str | None) -> str:
    """Return a name in a language: the Chinese one where there is no English one."""
    return name_en if language is Language.EN and name_en else name
