"""Capacity of a service: the highest rate of an open load that it answers in time.

Clients that wait for their answers before they ask again would find a higher one, which no load that does not
wait can be answered at: it sends at random moments, and takes processor time of its own.
"""

from __future__ import annotations

import multiprocessing
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import uvloop

from scripts.bench.faults.open_load import MAXIMUM_CONNECTIONS, requests_at
from scripts.bench.load.generator import LoadGenerator, LoadRun
from scripts.bench.load.target import parse_target
from scripts.bench.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

LOWEST: Final = 50.0
"""Requests per second that are tried first."""

HIGHEST: Final = 20_000.0
"""Requests per second above which none are tried."""

PRECISION: Final = 1.1
"""Ratio of two rates, one answered in time and one not, at which the search ends."""

MAXIMUM_P99: Final = 0.1
"""Maximum seconds of the 99th percentile of the answers to a rate that is answered in time."""

TIMEOUT: Final = 2.0
"""Seconds after which a client gives up a request."""


def measure_capacity(url: str, seconds: float, on_progress: Callable[[str], None]) -> float:
    """Return the capacity of the service at a URL.

    Args:
        url: URL of the service.
        seconds: duration of the load at each rate that is tried.
        on_progress: called with a description of each rate.

    Returns:
        Requests per second, of which none failed and 99 % were answered within `MAXIMUM_P99`; 0 if there is
        no such rate.
    """

    def is_answered(rate: float) -> bool:
        on_progress(f"Measuring the capacity: {rate:,.0f} requests/s")
        return _is_answered(url, rate, seconds)

    answered, refused = 0.0, LOWEST
    while refused <= HIGHEST and is_answered(refused):
        answered, refused = refused, 2 * refused
    while answered and refused / answered > PRECISION:
        middle = (answered * refused) ** 0.5
        if is_answered(middle):
            answered = middle
        else:
            refused = middle
    return answered


def _is_answered(url: str, rate: float, seconds: float) -> bool:
    """Return whether a load is answered in time. A process of its own sends it, as that of the faults."""
    context = multiprocessing.get_context("spawn")
    received, sent = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(url, rate, seconds, sent), daemon=True)
    process.start()
    sent.close()
    try:
        answered: bool = received.recv()
    except EOFError:
        return False
    finally:
        process.terminate()
        process.join()
    return answered


def _send(url: str, rate: float, seconds: float, sent: Connection) -> None:
    run = LoadRun()

    def stop_at_a_failure(run: LoadRun) -> None:
        if run.bad:
            run.stop()

    generator = LoadGenerator(parse_target(url), connections=MAXIMUM_CONNECTIONS, timeout=TIMEOUT)
    with suppress(BrokenPipeError, KeyboardInterrupt):
        uvloop.run(generator.run(requests_at(rate, seconds), run, stop_at_a_failure))
        durations = [sample.ended - sample.due for sample in run.samples]
        sent.send(not run.bad and bool(durations) and percentile(durations, 0.99) <= MAXIMUM_P99)
