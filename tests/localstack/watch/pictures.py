"""Pictures of the live console for the documents, taken while things happen in a running local cloud.

`make pictures` takes all of them, `make pictures NAMES="attack phone"` some. Scaling takes ten minutes: the
load rises to six times its rate and falls again, and the fleet follows.
"""

from __future__ import annotations

import io
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image
from playwright.sync_api import expect

from tests.chromium import running_browser
from tests.localstack.watch.consoles import running_console
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from playwright.sync_api import Browser, Locator, Page

PROJECT: Final = Path(__file__).parents[3]
FOLDER: Final = PROJECT / "docs" / "watch"
HOME: Final = PROJECT / ".local"

MAXIMUM_BYTES: Final = 120_000
"""Size of a picture above which documents would load slowly."""

COLOURS: Final = 256
"""Number of colours, which keeps those of the lines apart."""

PEAK: Final = 120
"""Requests per second at the peak, six times those before and after it."""

TARGET: Final = 20
"""Requests per second that the policy aims at for each instance: six instances at the peak."""

SCALING_SECONDS: Final = 570


class Photographer:
    """Browser tabs with the console of one cloud."""

    def __init__(self, browser: Browser, link: str) -> None:
        """Create the photographer; the first tab opens the link."""
        self._browser = browser
        self._url = link.partition("?")[0]
        self._cookies: list[Any] = []
        with self.tab() as page:
            page.goto(link)
            expect(page.locator("h1")).to_be_visible()
            self._cookies = page.context.cookies()

    @contextmanager
    def tab(self, *, width: int = 1280, language: str = "en", **options: Any) -> Generator[Page]:
        """Open the console in a tab of its own."""
        context = self._browser.new_context(viewport={"width": width, "height": 800}, **options)
        context.add_cookies(self._cookies)
        page = context.new_page()
        if self._cookies:
            page.goto(f"{self._url}?lang={language}")
        yield page
        context.close()


def press(page: Page, action: str, **fields: float) -> None:
    """Fill in the fields of a form, and press one of its buttons."""
    for name, value in fields.items():
        page.locator(f'[name="{name}"]').fill(f"{value:g}")
    page.locator(f'button[value="{action}"]').click()


def save(name: str, place: Page | Locator) -> None:
    """Write a picture of a page or a part of it.

    Raises:
        ValueError: It is larger than a picture may be.
    """
    whole: Mapping[str, Any] = {} if hasattr(place, "bounding_box") else {"full_page": True}
    picture = Image.open(io.BytesIO(place.screenshot(animations="disabled", **whole))).convert("RGB")
    file = FOLDER / f"{name}.webp"
    few = picture.quantize(COLOURS, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.convert("RGB").save(file, lossless=True, quality=100, method=6)
    if file.stat().st_size > MAXIMUM_BYTES:
        raise ValueError(f"{file} has {file.stat().st_size:,} bytes, more than {MAXIMUM_BYTES:,}")
    size = f"{picture.width} x {picture.height}, {file.stat().st_size:,} bytes"
    sys.stdout.write(f"{file.relative_to(PROJECT)}: {size}\n")


def scaling(photographer: Photographer) -> None:
    """Photograph the fleet at its peak, and the charts after the load has risen and fallen."""
    with photographer.tab() as page:
        press(page, "size", minimum=2, maximum=6)
        press(page, "target", target=TARGET)
        press(page, "load spike", rate=PEAK, seconds=SCALING_SECONDS)
        expect(page.locator(".instance.healthy")).to_have_count(6, timeout=420_000)
        time.sleep(30)  # until all of them receive their share
        save("load", page)
        expect(page.locator(".instance")).to_have_count(2, timeout=420_000)
    with photographer.tab(width=800, device_scale_factor=2) as page:
        time.sleep(10)
        save("scaling", page.locator("#charts .charts"))
        press(page, "stop")


def attack(photographer: Photographer) -> None:
    """Photograph attacks that the firewall blocks."""
    with photographer.tab() as page:
        press(page, "firewall block")
        expect(page.locator("#fleet")).to_contain_text("blocks attacks", timeout=60_000)
        press(page, "load constant", rate=40, seconds=120)
        press(page, "flood")
        time.sleep(20)
        press(page, "attack injection")
        press(page, "attack scripting")
        time.sleep(4)
        save("attack", page)
        press(page, "stop")


def rollout(photographer: Photographer) -> None:
    """Photograph a roll-out under load, while both versions serve."""
    with photographer.tab() as page:
        press(page, "load constant", rate=40, seconds=240)
        press(page, "release good")
        expect(page.locator(".notice", has_text="Roll-out in progress")).to_be_visible(timeout=120_000)
        versions = page.locator(".instance.healthy .badge")
        until(lambda: len(set(versions.all_text_contents())) > 1, seconds=120)
        save("rollout", page)
        expect(page.locator("#activity .running").last).to_contain_text("serves in place of", timeout=240_000)
        press(page, "stop")


def phone(photographer: Photographer) -> None:
    """Photograph the console on a phone."""
    with photographer.tab(width=360, device_scale_factor=1.5) as page:
        page.locator("#fleet .figure").first.wait_for()
        save("phone", page.locator("main > section").first)


def spanish(photographer: Photographer) -> None:
    """Photograph the Spanish page under a little load."""
    with photographer.tab(language="es") as page:
        press(page, "load constant", rate=40, seconds=60)
        time.sleep(20)
        save("spanish", page)
        press(page, "stop")


def dark(photographer: Photographer) -> None:
    """Photograph the dark page with an instance that stands still."""
    with photographer.tab(color_scheme="dark") as page:
        press(page, "load constant", rate=60, seconds=60)
        time.sleep(12)
        page.locator(".instance button", has_text="freeze").first.click()
        expect(page.locator(".instance.frozen")).to_be_visible()
        time.sleep(3)
        save("dark", page)
        press(page, "stop")


PICTURES: Final[Mapping[str, Callable[[Photographer], None]]] = {
    "scaling": scaling,
    "attack": attack,
    "rollout": rollout,
    "phone": phone,
    "spanish": spanish,
    "dark": dark,
}


def main(names: list[str]) -> None:
    """Write the pictures of these names, or all."""
    FOLDER.mkdir(exist_ok=True)
    with running_console(HOME) as link, running_browser() as browser:
        photographer = Photographer(browser, link)
        for name in names or PICTURES:
            PICTURES[name](photographer)


if __name__ == "__main__":
    main(sys.argv[1:])
