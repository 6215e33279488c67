"""Chromium, in which the tests open pages."""

from __future__ import annotations

import shutil
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Page

# The first one draws pages, and has no windows or menus: a start takes half of the processor time.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)

DISABLED_FEATURES = (
    # The suggestions of each window are web pages, in a renderer of their own, and another renderer is in
    # reserve. A tested page takes a third of the processor time without them.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
    # Those that Playwright disables (its `chromiumSwitches.ts`): Chromium follows only the last list.
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH")


@contextmanager
def running_browser(*options: str) -> Generator[Browser]:
    """Start Chromium without a window, with further options of its command line."""
    with sync_playwright() as playwright:
        # Root cannot use its sandbox, and all pages are this machine's own.
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", f"--disable-features={','.join(DISABLED_FEATURES)}", *options],
        )
        yield browser
        browser.close()


def too_wide(page: Page) -> list[str]:
    """Return what makes a page scroll horizontally, after its style sheet has arrived."""
    page.wait_for_load_state()
    return page.evaluate(
        """() => {
          const width = window.innerWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          const all = [...document.body.querySelectorAll("*")];
          const wide = all.filter(it => it.getBoundingClientRect().right > width);
          return [document.documentElement.outerHTML.slice(0, 80), ...wide.map(it => it.outerHTML)];
        }"""
    )


@contextmanager
def served_page(page: str) -> Generator[int]:
    """Serve a page at every path of a port of this machine, as another site."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()
