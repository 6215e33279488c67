"""Pages of other sites in the browser that has the console open, with its session's cookie."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from localcloud.state_dir import StateDir
from scripts.local.watch.actions.controls import Controls
from tests.chromium import needs_chromium, running_browser, served_page
from tests.scripts.local.watch.clouds import QUIET, ScriptedReader
from tests.scripts.local.watch.served_console import served

pytestmark = needs_chromium

PAGE = Path(__file__).with_name("other_site.html").read_text(encoding="utf-8")


# Cookies know no ports: for the browser, another port of 127.0.0.1 is the same site.
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_another_page_reads_nothing_and_presses_no_button(tmp_path: Path, host: str):
    controls = Controls(StateDir(tmp_path))
    with served(ScriptedReader(QUIET), controls) as access, running_browser() as browser:
        context = browser.new_context(locale="en-GB")
        page = context.new_page()
        page.goto(access.url)
        expect(page.locator("h1")).to_be_visible()
        console = page.url.rstrip("/")
        with served_page(PAGE.replace("{console}", console)) as port:
            attacker = context.new_page()
            attacker.goto(f"http://{host}:{port}/")
            tried = attacker.evaluate("tried()")
            frame = attacker.frame("frame")
            assert frame
            # Chromium shows a page of its own in place of one that must not be framed.
            assert frame.locator("h1", has_text="Your fleet, live").count() == 0
        sent = tried.pop("form")
        assert sent == "sent"
        assert set(tried.values()) <= {"refused", "silence"}, tried
        assert controls.activity.notices == ()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#activity")).to_contain_text("The load is stopped.")
        assert len(controls.activity.notices) == 1
