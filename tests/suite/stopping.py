"""An orderly end for a run that is told to stop: fixtures stop the servers and clouds that they started."""

from __future__ import annotations

import signal


def pytest_configure() -> None:
    # As Ctrl-C does. By default, SIGTERM would end this process at once and leave all that it started behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
