"""The one place that knows all parts and puts them together from settings.

- Nothing is opened at import time; a part is made when it is first asked for, once.
- A part's libraries are imported then too: whoever asks for little loads little. Types are named
  for the type checker alone.
- Each module holds the parts of one wing and, like the wing, knows only those before it.
- Invalid settings fail at startup, before anything is served.
"""

from certsvc.bootstrap.sealing import RIM_FONT
from certsvc.bootstrap.services import Services

__all__ = ["RIM_FONT", "Services"]
