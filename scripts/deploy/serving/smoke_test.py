"""Smoke test of a deployed service: an HTTP request from outside."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import httpx

from service.iris.examples import QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Callable

RETRY_SECONDS: Final = 2.0
"""Seconds between two attempts."""


class ServiceUnreachableError(RuntimeError):
    """The service did not answer successfully in time; the message names its last answer or error."""


def wait_until_serving(url: str, timeout: float, on_progress: Callable[[str], None]) -> tuple[str, str]:
    """Request an example until it is answered successfully.

    Args:
        url: URL of the service.
        timeout: Seconds to try for: instances take a while to boot, and new DNS names to propagate.
        on_progress: Receives the reason why there is no successful answer yet.

    Returns:
        The requested URL, and the body of the answer.

    Raises:
        ServiceUnreachableError: There was no successful answer in time.
    """
    requested = url + QUERY_PATH
    deadline = time.monotonic() + timeout
    certificates = httpx.create_ssl_context()
    while True:
        try:
            answer = httpx.get(requested, timeout=10, verify=certificates)
            if answer.is_success:
                return requested, answer.text.strip()
            reason = f"status {answer.status_code}"
        except httpx.HTTPError as error:
            reason = str(error) or type(error).__name__
        if time.monotonic() + RETRY_SECONDS > deadline:
            raise ServiceUnreachableError(
                f"{requested} does not answer successfully after {timeout:.0f} s: {reason}"
            )
        on_progress(f"Waiting for an answer: {reason}")
        time.sleep(RETRY_SECONDS)
