"""Consoles that run, and the browser that opens them."""

from __future__ import annotations

import shutil
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.localstack.conftest import IRIS

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from playwright.sync_api import Browser

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def running_console(home: Path) -> Generator[str]:
    """Run the console of a cloud on a free port; yield the link that opens it."""
    command = [IRIS, "local", "watch", "--home", str(home), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console:
        try:
            assert console.stdout
            yield console.stdout.readline().strip()
        finally:
            console.send_signal(signal.SIGINT)
            assert console.wait(20) == 0


@contextmanager
def running_browser() -> Generator[Browser]:
    """Start Chromium without a window."""
    with sync_playwright() as playwright:
        # Root cannot use its sandbox, and all pages are the console's own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
