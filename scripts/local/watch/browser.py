"""Browser of the desktop."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser
from typing import Final

DESKTOP: Final = ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")
"""Variables of which a desktop sets one; without, a browser in the terminal would open."""


def open_in_browser(url: str) -> None:
    """Open a link in the browser, if there is a desktop; do not wait for it."""
    if sys.platform == "darwin" or any(os.environ.get(name) for name in DESKTOP):
        threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
