"""Page in a real browser, with and without its script."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import needs_chromium, running_browser, too_wide

if TYPE_CHECKING:
    from collections.abc import Generator

    from playwright.sync_api import Browser, Route

    from tests.service.conftest import RunningService

pytestmark = [
    needs_chromium,
    pytest.mark.one_python,  # the browser is tested here; the page itself is in test_page.py
]


@pytest.fixture(scope="module")
def browser() -> Generator[Browser]:
    with running_browser() as browser:
        yield browser


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Generator[Page]:
    context = browser.new_context(java_script_enabled=request.param, locale="en-GB")
    yield context.new_page()
    context.close()


@pytest.fixture
def scripted(browser: Browser) -> Generator[Page]:
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    context.close()
    assert not errors


def fill(page: Page, **lengths: str) -> None:
    for name, length in lengths.items():
        page.locator(f"#{name}").fill(length)


def test_a_flower_is_classified_with_probabilities_and_instance(page: Page, service: RunningService):
    page.goto(service.url)
    fill(page, pl="6.0", pw="2.5", sl="6.3", sw="3.3")
    page.get_by_role("button", name="Classify").click()
    expect(page.locator("#answer h2")).to_have_text("Iris Virginica")
    expect(page.locator("#answer dt")).to_have_text(["Iris Virginica", "Iris Versicolor", "Iris Setosa"])
    expect(page.locator("#instance")).to_have_text("Served by instance i-test")
    expect(page).to_have_url(re.compile(r"pl=6\.0&pw=2\.5&sl=6\.3&sw=3\.3"))
    expect(page.locator("#pl")).to_have_value("6.0")


def test_a_typed_comma_is_a_decimal_point(page: Page, service: RunningService):
    page.goto(service.url)
    page.locator("#pl").press_sequentially("1,4")
    fill(page, pw="0,2", sl="5,1", sw="3,5")
    page.get_by_role("button", name="Classify").click()
    expect(page.locator("#answer h2")).to_have_text("Iris Setosa")
    expect(page.locator("#pl")).to_have_value("1,4")
    expect(page.get_by_role("link", name="JSON")).to_have_attribute("href", re.compile("pl=1.4&pw=0.2"))


def test_an_example_is_one_click_away(page: Page, service: RunningService):
    page.goto(service.url)
    page.get_by_role("link", name="Petals and sepals exchanged").click()
    expect(page.locator("#answer h2")).to_have_text("Iris Setosa")
    expect(page.locator(".notes")).to_contain_text("They were exchanged")


def test_changing_the_language_keeps_the_form(page: Page, service: RunningService):
    page.goto(f"{service.url}/?pl=6.0&pw=2.5&sl=6.3&sw=3.3")
    page.get_by_role("link", name="Español").click()
    expect(page.locator("h1")).to_have_text("¿Qué iris es?")
    expect(page.locator("#answer h2")).to_have_text("Iris Virginica")
    expect(page.locator("html")).to_have_attribute("lang", "es")


def test_a_browser_that_prefers_spanish_gets_it(browser: Browser, service: RunningService):
    context = browser.new_context(locale="es-MX")
    page = context.new_page()
    page.goto(service.url)
    expect(page.get_by_role("button", name="Clasificar")).to_be_visible()
    context.close()


def test_with_script_the_result_appears_in_place_and_back_works(scripted: Page, service: RunningService):
    scripted.goto(service.url)
    scripted.evaluate("window.same = true")
    for name in ("Iris Setosa", "Iris Versicolor"):
        scripted.get_by_role("link", name=name).click()
        expect(scripted.locator("#answer h2")).to_have_text(name)
        expect(scripted.get_by_role("link", name=name)).to_be_focused()
    scripted.go_back()
    expect(scripted.locator("#answer h2")).to_have_text("Iris Setosa")
    assert scripted.evaluate("window.same")


def test_the_result_is_announced_and_the_focus_stays(scripted: Page, service: RunningService):
    scripted.goto(f"{service.url}/?pl=6.0&pw=2.5&sl=6.3&sw=3.3")
    expect(scripted.locator("#answer")).to_have_attribute("aria-live", "polite")
    scripted.locator("#pl").fill("1.4")
    scripted.locator("#pl").press("Enter")
    expect(scripted.locator("#answer h2")).not_to_have_text("Iris Virginica")
    expect(scripted.locator("#pl")).to_be_focused()


def test_the_form_works_with_the_keyboard_only(scripted: Page, service: RunningService):
    scripted.goto(service.url)
    scripted.locator("#pl").focus()
    for length in ("1.4", "0.2", "5.1"):
        scripted.keyboard.type(length)
        scripted.keyboard.press("Tab")
    scripted.keyboard.type("3.5")
    scripted.keyboard.press("Enter")
    expect(scripted.locator("#answer h2")).to_have_text("Iris Setosa")


def test_links_stay_in_a_stage_that_was_opened_without_its_slash(scripted: Page, service: RunningService):
    stage = f"{service.url}/v1"

    def without_stage(route: Route) -> None:
        route.continue_(url=re.sub(f"^{re.escape(stage)}/?", f"{service.url}/", route.request.url))

    scripted.route(re.compile(re.escape(stage)), without_stage)
    scripted.goto(f"{stage}?lang=en")
    expect(scripted).to_have_url(f"{stage}/?lang=en")
    scripted.get_by_role("link", name="Iris Setosa").click()
    expect(scripted.locator("#answer h2")).to_have_text("Iris Setosa")
    expect(scripted).to_have_url(re.compile(f"^{re.escape(stage)}/[?]pl=1.4"))
    scripted.locator("footer").get_by_role("link").click()
    expect(scripted).to_have_url(f"{stage}/docs")
    scripted.get_by_role("link", name="classify a flower").click()
    expect(scripted).to_have_url(f"{stage}/")


CONTRAST = """
() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b]
    .map((c) => c / 255).map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const kinds = "h1, h2, p, label, a, dt, dd, li, button, select, strong, code";
  return [...document.querySelectorAll(kinds)]
    .filter((e) => e.textContent.trim() && e.checkVisibility()).map((e) => {
    const both = [luminance(channels(getComputedStyle(e).color)), luminance(behind(e))];
    return [(Math.max(...both) + 0.05) / (Math.min(...both) + 0.05), e.outerHTML.slice(0, 80)];
  });
}
"""
"""Script that returns the contrast of each text with its background, by the formula of WCAG 2."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/?pl=5.1&pw=3.5&sl=1.4&sw=0.2", "/?pl=abc&pw=1&predictor=x", "/docs"])
def test_every_text_has_enough_contrast_in_light_and_dark(
    browser: Browser, service: RunningService, scheme: str, path: str
):
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(service.url + path)
    contrasts: list[tuple[float, str]] = page.evaluate(CONTRAST)
    context.close()
    assert len(contrasts) > 10
    assert not [(ratio, text) for ratio, text in contrasts if ratio < 4.5]  # WCAG 2, 1.4.3 (AA)


@pytest.mark.parametrize("path", ["/?pl=5.1&pw=3.5&sl=1.4&sw=0.2", "/docs"])
def test_a_phone_needs_no_horizontal_scrolling(browser: Browser, service: RunningService, path: str):
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(service.url + path)
    assert too_wide(page) == []
    page.close()


def test_nothing_is_loaded_from_another_origin(scripted: Page, service: RunningService):
    requested: list[str] = []
    scripted.on("request", lambda request: requested.append(request.url))
    for path in ("/", "/docs", "/?pl=1.4&pw=0.2&sl=5.1&sw=3.5"):
        scripted.goto(service.url + path)
    assert len(requested) >= 3
    assert all(url.startswith((service.url, "data:")) for url in requested)
