"""Live console of the running cloud in a real browser."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.localstack.conftest import IRIS

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    import httpx
    from playwright.sync_api import Browser, ConsoleMessage

    from tests.localstack.conftest import RunningCloud

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the PATH")

EXAMPLE = "/api/v01/classify/1.4/0.2/5.1/3.5"


@contextmanager
def running_console(cloud: RunningCloud) -> Generator[str]:
    """Run the console on a free port; yield the link that opens it."""
    command = [IRIS, "local", "watch", "--home", str(cloud.home), "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as console:
        try:
            assert console.stdout
            yield console.stdout.readline().strip()
        finally:
            console.send_signal(signal.SIGINT)
            assert console.wait(20) == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # Root cannot use its sandbox, and all pages are the console's own.
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def link(cloud: RunningCloud) -> Iterator[str]:
    with running_console(cloud) as link:
        yield link


def is_problem(message: ConsoleMessage) -> bool:
    """Return whether a message is an error, other than a refused action."""
    return message.type == "error" and "409" not in message.text


@pytest.fixture(scope="module")
def page(browser: Browser, link: str) -> Iterator[Page]:
    """Open the console in English; no script may fail and no other site be asked."""
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


@pytest.fixture(autouse=True)
def english_on_a_desktop(page: Page, link: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(f"{link.partition('?')[0]}?lang=en")


def test_the_page_shows_the_instances_and_the_requests_that_they_receive(
    cloud: RunningCloud, page: Page, client: httpx.Client
):
    assert "token" not in page.url
    instances = cloud.status()["instances"]
    for instance in instances:
        card = page.locator(f'[data-key="{instance["id"]}"]')
        expect(card.locator(".health")).to_have_text("healthy", timeout=20_000)
        expect(card.locator(".badge")).to_have_text(re.compile(r"v\d+"), timeout=20_000)
    rate = page.locator("#fleet .figure").first

    def requests_are_shown() -> bool:
        for _ in range(50):
            client.get(EXAMPLE)
        return float((rate.text_content() or "0").replace(",", "")) > 1

    assert any(requests_are_shown() for _ in range(50))
    expect(page.locator("#charts svg")).to_have_count(6)


def test_the_link_opens_only_one_browser(browser: Browser, page: Page, link: str):
    page.reload()
    expect(page.locator("h1")).to_have_text("Your fleet, live")
    context = browser.new_context()
    assert (response := context.new_page().goto(link))
    assert response.status == 401
    context.close()


def test_a_phone_needs_no_horizontal_scrolling_and_spanish_is_one_click_away(page: Page):
    page.set_viewport_size({"width": 320, "height": 640})
    page.get_by_role("link", name="Español").click()
    expect(page.locator("h1")).to_have_text("Tu flota, en vivo")
    expect(page.locator("#events")).to_contain_text(re.compile("está sana|arranca|grupo|balanceador"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_load_is_started_and_stopped_by_buttons(page: Page):
    page.locator('[name="rate"]').fill("40")
    page.get_by_role("button", name="Constant").click()
    expect(page.locator("#activity code")).to_contain_text("--rate 40 --seconds 120")
    expect(page.locator("#fleet .wire.flow-2").first).to_be_attached(timeout=30_000)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#activity code")).to_have_count(0, timeout=20_000)
    expect(page.locator("#activity .notices li").first).to_contain_text("The load is stopped.")


def test_an_instance_that_is_killed_by_its_button_is_replaced(page: Page):
    card = page.locator(".instance.healthy").first
    expect(card).to_be_visible(timeout=60_000)
    name = card.get_attribute("data-key")
    card.get_by_role("button", name="kill").press("Enter")
    expect(page.locator(f'[data-key="{name}"]')).to_have_count(0, timeout=60_000)
    expect(page.locator("#events")).to_contain_text(f"{name} lost its process; Auto Scaling replaces it")
    expect(page.locator(".instance.healthy")).to_have_count(2, timeout=60_000)


def test_the_algorithm_of_the_load_balancer_is_changed_on_the_page(page: Page):
    for algorithm in ("least_load", "least_outstanding_requests", "round_robin"):
        page.locator('[name="algorithm"]').select_option(algorithm)
        page.get_by_role("button", name="Apply").click()
        expect(page.locator("#state")).to_contain_text(algorithm, timeout=20_000)


def test_a_number_out_of_its_range_is_said_on_the_page(page: Page):
    page.evaluate("document.querySelector('[name=minimum]').removeAttribute('max')")
    page.locator('[name="minimum"]').fill("99")
    page.get_by_role("button", name="Change the size").click()
    expect(page.locator("#activity .bad").first).to_contain_text("The number must be from 1 to 12.")
