"""Console of the running cloud in a browser, shared by the tests of a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import CHROMIUM, running_browser
from tests.localstack.watch.consoles import running_console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, ConsoleMessage

    from tests.localstack.conftest import RunningCloud


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH")
    with running_browser() as browser:
        yield browser


@pytest.fixture(scope="module")
def link(cloud: RunningCloud) -> Iterator[str]:
    """Start a console for each file, as it shows what the buttons of another have done."""
    with running_console(cloud.home) as link:
        yield link


def is_problem(message: ConsoleMessage) -> bool:
    """Return whether a message is an error, other than a refused action."""
    return message.type == "error" and "409" not in message.text


@pytest.fixture(scope="module")
def opened(browser: Browser, link: str) -> Iterator[Page]:
    """Open the console; no script may fail and no other site be asked."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if is_problem(message) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda request: problems.append(request.url) if request.url[:17] != link[:17] else None
    )
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Your fleet, live")
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(opened: Page, link: str) -> Page:
    """Show the console in English on a desktop."""
    opened.emulate_media(color_scheme="light", reduced_motion="no-preference")
    opened.set_viewport_size({"width": 1280, "height": 720})
    opened.goto(f"{link.partition('?')[0]}?lang=en")
    return opened
