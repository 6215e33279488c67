"""Session of a load: finds the service, sends the plan's requests until its end or Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import time
from itertools import cycle
from typing import TYPE_CHECKING, Final

from localcloud.incompatible_state import IncompatibleStateError
from localcloud.state_dir import StateDir
from localcloud.status import read_status
from scripts.bench.load.demand import send_times, total_seconds
from scripts.bench.load.generator import LoadGenerator, LoadRun
from scripts.bench.load.requests import logged_requests
from scripts.bench.load.results import summarize
from scripts.bench.load.target import TargetError, find_requests, parse_target
from scripts.bench.percentile import percentile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from scripts.bench.load.plan import Plan
    from scripts.bench.load.requests import LoadRequest
    from scripts.bench.load.results import LoadResult

RECENT: Final = 2_000
"""Maximum number of latest samples from which a line of progress takes its p99."""


def find_url(home: Path) -> str:
    """Return the URL of the local cloud in a folder.

    Raises:
        TargetError: None is up there.
    """
    try:
        url = read_status(StateDir(home.resolve())).url
    except IncompatibleStateError as error:
        raise TargetError(str(error)) from None
    if url is None:
        raise TargetError(f"no local cloud runs in {home}; `make up` starts one, or name a URL")
    return url


def run_load(
    url: str,
    plan: Plan,
    *,
    predictor: str | None = None,
    seed: int | None = 1,
    connections: int = 256,
    timeout: float = 10.0,
    sources: Sequence[str] = (),
    on_progress: Callable[[str], None] = lambda _: None,
) -> LoadResult:
    """Load a service, and return the result; SIGINT and SIGTERM end the load early.

    Raises:
        TargetError: The service does not answer, or not like this one.
    """
    target = parse_target(url)
    if plan.logged:
        requests = logged_requests(plan.logged)
        moments: Iterable[float] = (it.seconds for it in plan.logged)
    else:
        requests = find_requests(target, predictor, sources)
        moments = send_times(plan.phases, seed)
    run = LoadRun()
    seconds = total_seconds(plan.phases)
    asyncio.run(
        _send(
            LoadGenerator(target, connections=connections, timeout=timeout, sources=sources),
            zip(moments, cycle(requests), strict=False),
            run,
            lambda run: on_progress(_progress(run, seconds)),
        )
    )
    return summarize(target.url, plan.text, plan.phases, run)


async def _send(
    generator: LoadGenerator,
    plan: Iterable[tuple[float, LoadRequest]],
    run: LoadRun,
    on_second: Callable[[LoadRun], None],
) -> None:
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)
    for each in signals:
        loop.add_signal_handler(each, run.stop)
    try:
        await generator.run(plan, run, on_second)
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


def _progress(run: LoadRun, seconds: float) -> str:
    """Return a line of progress: time, answers, p99 of the latest ones, failures."""
    latest = [it.ended - it.due for it in run.samples[-RECENT:]]
    passed = min(time.monotonic() - run.started, seconds)
    return (
        f"Sending requests: {passed:.0f} of {seconds:.0f} s, {len(run.samples):,} answers, {run.bad:,} of "
        f"them bad, p99 {1_000 * percentile(latest, 0.99):,.0f} ms lately"
    )
