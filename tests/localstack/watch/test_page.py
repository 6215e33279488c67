"""Live console of the running cloud in a real browser: what it shows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.chromium import too_wide

if TYPE_CHECKING:
    import httpx
    from playwright.sync_api import Browser, Page

    from tests.localstack.conftest import RunningCloud

EXAMPLE = "/api/v01/classify/1.4/0.2/5.1/3.5"


def test_the_page_shows_the_instances_and_the_requests_that_they_receive(
    cloud: RunningCloud, page: Page, client: httpx.Client
):
    assert "token" not in page.url
    instances = cloud.settled_status()["instances"]
    for instance in instances:
        card = page.locator(f'[data-key="{instance["id"]}"]')
        # An instance may still be as slow as a button made it, for half a minute.
        expect(card.locator(".health")).to_have_text("healthy", timeout=60_000)
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
    assert too_wide(page) == []


def test_no_width_between_a_phone_and_a_screen_needs_horizontal_scrolling(page: Page):
    for language in ("English", "Español"):
        page.get_by_role("link", name=language).click()
        expect(page.locator("#fleet")).to_contain_text("us-east-1a")
        for width in range(320, 1_280, 32):
            page.set_viewport_size({"width": width, "height": 640})
            assert too_wide(page) == [], (language, width)


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
