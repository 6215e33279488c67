"""Steady load of a service: clients that each send a request at a fixed pace."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Self

import httpx

from service.iris.examples import QUERY_PATH

if TYPE_CHECKING:
    from collections.abc import Sequence

CLIENTS: Final = 8
"""Number of clients, each with a connection that it keeps."""

TIMEOUT: Final = 10.0
"""Seconds after which a client gives up a request, which then counts as failed."""


@dataclass(frozen=True)
class Answer:
    """Answer to a request, or its failure."""

    sent_at: float
    """Time on the monotonic clock."""
    seconds: float
    is_good: bool


class SteadyLoad:
    """Load from a number of clients, between the entry and the exit of a `with` block."""

    def __init__(self, url: str, per_second: float) -> None:
        """Create a load of `per_second` requests to the service at a URL."""
        self._url = url + QUERY_PATH
        self._pause = CLIENTS / per_second
        self._answers: list[Answer] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def since(self, time_: float) -> list[Answer]:
        """Return the answers to the requests that were sent since a time on the monotonic clock."""
        return [answer for answer in list(self._answers) if answer.sent_at >= time_]

    def _send(self, number: int) -> None:
        due = time.monotonic() + number * self._pause / CLIENTS
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            while not self._over.wait(max(0, due - time.monotonic())):
                sent_at = time.monotonic()
                try:
                    is_good = client.get(self._url).is_success
                except httpx.HTTPError:
                    is_good = False
                self._answers.append(Answer(sent_at, time.monotonic() - sent_at, is_good))
                due = max(due + self._pause, time.monotonic())


def longest_outage(answers: Sequence[Answer]) -> float:
    """Return the longest time in seconds without a good answer, between the ends of two; 0 below two."""
    ends = sorted(answer.sent_at + answer.seconds for answer in answers if answer.is_good)
    return max((after - before for before, after in itertools.pairwise(ends)), default=0.0)


def percentile(answers: Sequence[Answer], share: float) -> float:
    """Return a percentile of the good answers' times in seconds, by nearest rank; 0 without any."""
    seconds = sorted(answer.seconds for answer in answers if answer.is_good)
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))] if seconds else 0.0
