"""Hostile clients through the load balancer: no failure, no trace in a log, and no instance is replaced.

The same seed makes the same requests. `make hostile-cloud` sends them for longer.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from random import Random
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from scripts.bench.abuse.abuse import ABUSES
from scripts.bench.abuse.attack import Target
from scripts.bench.robustness import probe
from scripts.bench.robustness.requests import mutated
from tests.localstack.test_failures import EXAMPLE, HEALTH_INTERVAL, ids

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.localstack.conftest import RunningCloud

SEED = 9
ATTACK_SECONDS = 2.0
INCOMPLETE_SECONDS = 0.5
"""Time without an answer after which a request counts as incomplete."""

UNHEALTHY_CHECKS = 2
"""Failed health checks after which an instance is unhealthy, from Pulumi.dev.yaml."""

THROUGH_BALANCER = ("csv-line-feeds", "mostly-invalid", "mostly-invalid-128", "one-byte-chunks")


def target_of(url: str) -> Target:
    at = urlsplit(url)
    return Target(host=at.hostname or "", port=at.port or 0)


def until(end: float, requests: Iterator[tuple[bytes, ...]]) -> Iterator[tuple[bytes, ...]]:
    for request in requests:
        if time.monotonic() > end:
            return
        yield request


def traces(cloud: RunningCloud) -> list[str]:
    """Return the lines of the instances' and the load balancer's logs that show a failure."""
    logs = [path for path in (cloud.home / "logs").iterdir() if "localstack" not in path.name]
    assert logs
    return [
        f"{path.name}: {line[:500]}"
        for path in logs
        for line in path.read_text(errors="replace").splitlines()
        if "Traceback" in line or '"exception"' in line
    ]


@pytest.fixture
def is_left_alone(cloud: RunningCloud) -> Callable[[], bool]:
    """Return a function that tells whether every instance is still there, healthy and without a trace."""
    before = cloud.settled_status()
    known = traces(cloud)

    def check() -> bool:
        # A failed health check counts as soon as the next ones have failed as well.
        time.sleep((UNHEALTHY_CHECKS + 1) * HEALTH_INTERVAL)
        after = cloud.status()
        assert ids(after) == ids(before)
        assert {each["health"] for each in after["instances"]} == {
            each["health"] for each in before["instances"]
        }
        assert traces(cloud) == known
        return True

    return check


def test_hostile_requests_through_the_balancer_cause_no_failure(
    request: pytest.FixtureRequest,
    url: str,
    is_left_alone: Callable[[], bool],
    record_property: Callable[[str, object], None],
):
    seconds = float(str(request.config.getoption("--hostile-seconds")))
    requests = mutated(Random(SEED), 100_000_000)  # noqa: S311 (reproducible)
    target = target_of(url)
    counts = asyncio.run(
        probe.send_all(
            until(time.monotonic() + seconds, requests),
            target.host,
            target.port,
            right=False,
            on_progress=lambda: None,
            end_after_seconds=INCOMPLETE_SECONDS,
        )
    )
    record_property("figure", f"{counts.sent} hostile requests: {dict(counts.statuses)}")
    assert not counts.bad_count, counts.bad
    # Most are answered: those of which a part is missing are not.
    assert counts.statuses["closed"] < counts.sent / 2, counts.statuses
    assert counts.statuses["200"]
    assert is_left_alone()


@pytest.mark.parametrize("name", THROUGH_BALANCER)
def test_batches_of_an_attacker_get_no_instance_replaced(
    name: str, url: str, is_left_alone: Callable[[], bool]
):
    abuse = next(each for each in ABUSES if each.name == name)
    statuses: list[int] = []

    async def attack_beside_another_client() -> None:
        attack = asyncio.ensure_future(abuse.attack(target_of(url), ATTACK_SECONDS))
        async with httpx.AsyncClient(base_url=url, timeout=30) as client:
            while not attack.done():
                statuses.append((await client.get(EXAMPLE)).status_code)
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(attack), 0.05)

    asyncio.run(attack_beside_another_client())
    assert set(statuses) == {200}
    assert is_left_alone()
