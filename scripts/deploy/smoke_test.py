"""The service that was deployed, seen from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

from scripts.local.local import EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Callable

PAUSE: Final = 2.0
"""Seconds between two attempts."""


class SilentError(RuntimeError):
    """The service does not answer in time; the message says what it did instead."""


def call_until_it_answers(url: str, patience: float, tell: Callable[[str], None]) -> tuple[str, str]:
    """Call the course's example until it is answered.

    Args:
        url: Of the service.
        patience: Seconds to go on for: instances boot, and new names take a while to spread.
        tell: Hears why it is not answered yet.

    Returns:
        The URL that was called, and the answer.

    Raises:
        SilentError: It was not answered in time.
    """
    called = url + EXAMPLE
    deadline = time.monotonic() + patience
    while True:
        try:
            answer = httpx.get(called, timeout=10)
            if answer.is_success:
                return called, answer.text.strip()
            why = f"it answers with {answer.status_code}"
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
        if time.monotonic() + PAUSE > deadline:
            raise SilentError(f"{called} does not serve after {patience:.0f} s: {why}")
        tell(f"Waiting for an answer: {why}")
        time.sleep(PAUSE)
