"""Accessibility of the page by WCAG 2.2, level AA, in a real browser, with all states that it can show."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from typing_extensions import override

from localcloud.event_log import Event
from localcloud.state_dir import StateDir
from scripts.local.watch.actions.controls import Activity, Controls
from scripts.local.watch.actions.outcome import Outcome
from scripts.local.watch.observation.reading import FirewallReading, Reading
from scripts.local.watch.view.texts import TEXTS
from tests.chromium import needs_chromium, running_browser, too_wide
from tests.scripts.local.watch.clouds import FLEET, INSTANCE_A, NODE_A, QUIET
from tests.scripts.local.watch.served_console import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

pytestmark = needs_chromium

CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")

MINIMUM_CONTRAST = {"text": 4.5, "graphic": 3.0}
"""WCAG 2.2, 1.4.3 Contrast (Minimum) and 1.4.11 Non-text Contrast."""

MINIMUM_TARGET = 24
"""Width and height of what is pressed, in CSS pixels (WCAG 2.2, 2.5.8 Target Size (Minimum))."""

LONGEST_NAME = "Unbreakable" * 23
"""Nearly as long as the name of an alarm may be (255 characters), with no place for a line to break."""

STATES = ("healthy", "unhealthy", "initial", "draining", "unused")


class EverythingAtOnce(Controls):
    """Controls of a cloud in which everything goes on that the page can show."""

    @property
    @override
    def activity(self) -> Activity:
        return Activity(
            commands=("iris load http://127.0.0.1:8080 --rate 60",),
            slow=frozenset({"i-slow"}),
            release="rolled back",
            release_failed=True,
            notices=(
                ("10:00:00", Outcome("killed", {"name": "i-a"})),
                ("10:00:01", Outcome("impossible", {"reason": "us-east-1a is not lost"}, is_bad=True)),
                ("10:00:02", Outcome("impossible", {"reason": LONGEST_NAME}, is_bad=True)),
            ),
        )


class BusyReader:
    """Reader of a cloud with each state, whose counters grow from reading to reading."""

    def __init__(self) -> None:
        self._turns = itertools.count(1)

    def read(self) -> Reading:
        turn = next(self._turns)
        instances = [replace(INSTANCE_A, id=f"i-{state}", state=state) for state in STATES]
        instances += [
            replace(INSTANCE_A, id="i-slow"),
            replace(INSTANCE_A, id="i-dead", pid=None),
            replace(INSTANCE_A, id="i-frozen", frozen=True, zone="us-east-1b"),
        ]
        node = replace(
            NODE_A,
            requests=100 * turn,
            by_class={"5": turn},
            denied=5 * turn,
            durations={(0.01, 0.02): 100 * turn},
        )
        return replace(
            QUIET,
            time=float(turn),
            url=f"http://{LONGEST_NAME}:8080",
            nodes=[node, replace(node, zone="us-east-1b", answers=False, lost=True)],
            instances=instances,
            firewall=FirewallReading(
                started=1.0,
                blocked=5 * turn,
                by_rule={"RateLimit": 5 * turn, LONGEST_NAME: 1},
                latest=[
                    ("10:00:00", action, rule, "127.0.0.66", "GET", "/?a=%3Cscript%3E")
                    for action, rule in (("BLOCK", "RateLimit"), ("COUNT", "Common"))
                ],
            ),
            fleet=replace(
                FLEET,
                refresh="InProgress",
                refreshed=50,
                firewall_blocks=True,
                alarms={**FLEET.alarms, LONGEST_NAME: "ALARM", f"{LONGEST_NAME}2": "OK"},
            ),
            control_plane_answers=False,
            events=[
                Event("2026-01-01T10:00:00.000+00:00", what)
                for what in ("i-a starts in us-east-1a", f"a setting is lost: {LONGEST_NAME}")
            ],
        )


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, str]]:
    controls = EverythingAtOnce(StateDir(tmp_path_factory.mktemp("cloud")))
    with served(BusyReader(), controls) as access, running_browser() as browser:
        page = browser.new_page(locale="en-GB")
        page.goto(access.url)
        expect(page.locator("h1")).to_be_visible()
        yield page, page.url


@pytest.fixture
def page(opened: tuple[Page, str]) -> Page:
    page, url = opened
    page.emulate_media(color_scheme="light", reduced_motion="no-preference")
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{url}?lang=en")
    expect(page.locator(".chart .line.one").first).to_be_attached()
    return page


def in_spanish(page: Page) -> None:
    page.get_by_role("link", name="Español").click()
    expect(page.locator("html")).to_have_attribute("lang", "es")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_and_graphics_differ_enough_from_what_is_behind_them(page: Page, scheme: Any):
    page.emulate_media(color_scheme=scheme)
    measured = page.evaluate(CONTRAST)
    assert len(measured) > 100
    too_low = [it for it in measured if it[2] < MINIMUM_CONTRAST[it[0]]]
    assert too_low == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_tab_key_reaches_everything_in_reading_order_and_shows_where_it_is(page: Page, scheme: Any):
    page.emulate_media(color_scheme=scheme)
    focusable = page.locator("a[href], button, input:not([type=hidden]), select")
    expected = focusable.evaluate_all("all => all.map(it => it.outerHTML)")
    reached: list[str] = []
    for _ in expected:
        page.keyboard.press("Tab")
        html, style, width = page.evaluate(
            "() => { const it = document.activeElement, style = getComputedStyle(it);"
            " return [it.outerHTML, style.outlineStyle, parseFloat(style.outlineWidth)]; }"
        )
        assert style == "solid", html
        assert width >= 2, html
        reached.append(html)
    assert reached == expected


def test_the_focus_stays_while_the_page_changes(page: Page):
    button = page.get_by_role("button", name="kill i-healthy")
    button.focus()
    figure = page.locator("#charts b").nth(4)
    drawn = page.locator("#charts").inner_html()
    page.wait_for_function("drawn => document.getElementById('charts').innerHTML != drawn", arg=drawn)
    assert figure.count() == 1
    expect(button).to_be_focused()


def test_what_is_pressed_is_large_enough(page: Page):
    sizes = page.locator("nav a, button, input:not([type=hidden]), select").evaluate_all(
        "all => all.map(it => [it.outerHTML, it.offsetWidth, it.offsetHeight])"
    )
    assert len(sizes) > 40
    assert [it for it in sizes if min(it[1], it[2]) < MINIMUM_TARGET] == []


def test_nothing_moves_for_those_who_want_no_motion(page: Page):
    moving = "getComputedStyle(document.querySelector('.wire .dots')).animationName"
    assert page.evaluate(moving) == "flow"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(moving) == "none"
    assert page.evaluate("document.getAnimations().length") == 0


def test_each_chart_says_its_figures_to_a_screen_reader(page: Page):
    names = [it.get_attribute("aria-label") or "" for it in page.get_by_role("img").all()]
    assert [name.partition(":")[0] for name in names] == [
        "Demand",
        "Latency in ms",
        "Errors and blocked requests",
        "CPU per instance",
        "Horizontal scaling",
        "Cost per hour on AWS",
    ]
    assert "requests/s 100" in names[0]
    assert "p99 20 ms" in names[1]


def test_every_control_has_a_name_of_its_own(page: Page):
    for role in ("button", "spinbutton", "combobox", "form"):
        snapshots = [it.aria_snapshot() for it in page.get_by_role(role).all()]
        names = [snapshot.splitlines()[0] for snapshot in snapshots]
        assert len(names) == len(set(names)), names
        assert all('"' in name for name in names), names


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_needs_no_horizontal_scrolling(page: Page, width: int, language: str):
    page.set_viewport_size({"width": width, "height": 640})
    if language == "es":
        in_spanish(page)
    assert too_wide(page) == []


def test_the_spanish_page_has_no_english_text(page: Page):
    in_spanish(page)
    shown: list[str] = page.evaluate(
        """() => {
          const shown = [...document.querySelectorAll("[aria-label]")].map(it => it.ariaLabel);
          const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            if (!texts.currentNode.parentElement.closest("[lang=en]")) shown.push(texts.currentNode.data);
          }
          return [...shown, document.title, document.getElementById("connection").dataset.lost];
        }"""
    )
    english = {text for text, spanish in TEXTS.values() if text != spanish and "{" not in text}
    words = " ".join(f" {text} " for text in shown)
    assert [text for text in sorted(english) if f" {text} " in words] == []
    for word in (" is ", " the ", " of ", " starts "):
        assert word not in words
