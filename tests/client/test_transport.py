"""Transports in front of real processes of the service, one of which is killed, and of faulty servers."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from client import balancer, health
from client.choices import CHOICES, RoundRobin
from client.discovery import StaticInstances
from client.transport import AsyncBalancedTransport, BalancedTransport
from service.iris.examples import BODY, QUERY
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from client.instance import Instance
    from tests.client.conftest import Serve
    from tests.service.conftest import RunningService, StartService

PATH = f"/api/v01/classify?{QUERY}"
POST = "/api/v01/classify"
THREADS = 8
REFUSED = "http://127.0.0.1:1"
"""Port on which no process listens: it is tcpmux's."""


@pytest.fixture(scope="module")
def fleet(start_service: StartService) -> list[RunningService]:
    """Three instances that no test may stop."""
    return [start_service(IRIS_INSTANCE_ID=f"i-{number}") for number in range(3)]


def urls(services: list[RunningService]) -> list[str]:
    return [service.url for service in services]


@contextlib.contextmanager
def calling(*addresses: str, **options: Any) -> Generator[httpx.Client]:
    """Client in front of the instances at these addresses, which uses the first one that is available."""

    def choose(candidates: Sequence[Instance], outstanding: object) -> Instance:
        del outstanding
        return min(candidates, key=lambda it: addresses.index(f"http://{it.instance_id}"))

    transport = BalancedTransport(StaticInstances(*addresses), choose, **options)
    with httpx.Client(transport=transport, base_url="http://iris", timeout=20) as client:
        yield client


def served_by(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return response.headers["x-served-by"]


@pytest.mark.parametrize("name", CHOICES)
def test_each_choice_sends_requests_to_every_instance(fleet: list[RunningService], name: str):
    transport = BalancedTransport(StaticInstances(*urls(fleet)), CHOICES[name]())
    with httpx.Client(transport=transport, base_url="http://iris") as client:
        served = Counter(served_by(client.get(PATH)) for _ in range(60))
        assert set(served) == {"i-0", "i-1", "i-2"}
        assert client.post(POST, content=BODY, headers={"content-type": "application/json"}).is_success
    if name == "round_robin":
        assert max(served.values()) - min(served.values()) <= 1


def test_the_url_of_the_response_is_that_of_the_request(fleet: list[RunningService]):
    with calling(*urls(fleet)) as client:
        response = client.get("/readyz")
    assert str(response.url) == "http://iris/readyz"


def kill_soon(victim: RunningService, done: threading.Event) -> threading.Thread:
    """Kill an instance as soon as requests flow."""

    def kill() -> None:
        assert done.wait(30)
        victim.process.kill()
        victim.process.wait()

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_no_request_fails_while_an_instance_is_killed(
    fleet: list[RunningService], start_service: StartService
):
    victim = start_service(IRIS_INSTANCE_ID="i-victim")
    flows = threading.Event()
    killer = kill_soon(victim, flows)
    transport = BalancedTransport(StaticInstances(victim.url, *urls(fleet)), RoundRobin())
    with (
        httpx.Client(transport=transport, base_url="http://iris", timeout=20) as client,
        ThreadPoolExecutor(THREADS) as pool,
    ):

        def call(number: int) -> str:
            if number == 80:
                flows.set()
            return served_by(client.get(PATH))

        # Those in flight at the victim are idempotent, so they are sent again.
        served = Counter(pool.map(call, range(400)))
        killer.join()
        assert victim.process.poll() is not None
        assert all(served_by(client.get(PATH)) != "i-victim" for _ in range(20))
    assert sum(served.values()) == 400
    assert min(served[f"i-{number}"] for number in range(3)) > 80


def test_no_asynchronous_request_fails_while_an_instance_is_killed(
    fleet: list[RunningService], start_service: StartService
):
    victim = start_service(IRIS_INSTANCE_ID="i-victim")
    flows = threading.Event()
    killer = kill_soon(victim, flows)

    async def run() -> Counter[str]:
        transport = AsyncBalancedTransport(StaticInstances(victim.url, *urls(fleet)), RoundRobin())
        async with httpx.AsyncClient(transport=transport, base_url="http://iris", timeout=20) as client:

            async def call() -> list[str]:
                found: list[str] = []
                for _ in range(50):
                    found.append(served_by(await client.get(PATH)))
                    flows.set()
                return found

            return Counter(
                name for names in await asyncio.gather(*(call() for _ in range(8))) for name in names
            )

    served = asyncio.run(run())
    killer.join()
    assert sum(served.values()) == 400


def test_a_post_that_was_not_sent_goes_to_another_instance(fleet: list[RunningService]):
    with calling(REFUSED, fleet[0].url) as client:
        answers = [
            client.post(POST, content=BODY, headers={"content-type": "application/json"}) for _ in range(4)
        ]
    assert {served_by(answer) for answer in answers} == {"i-0"}


def test_a_post_that_may_have_been_processed_is_sent_once(fleet: list[RunningService], faulty: Serve):
    with faulty(None) as closing, calling(closing.url, fleet[0].url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            client.post(POST, content=BODY)
        assert closing.received == ["POST"]


def test_a_post_that_is_declared_as_repeatable_is_sent_again(fleet: list[RunningService], faulty: Serve):
    with faulty(None) as closing, calling(closing.url, fleet[0].url, repeatable_paths=[POST]) as client:
        answer = client.post(POST, content=BODY, headers={"content-type": "application/json"})
        assert served_by(answer) == "i-0"
        assert closing.received == ["POST"]


def test_attempts_are_bounded(faulty: Serve):
    with contextlib.ExitStack() as stack:
        closing = [stack.enter_context(faulty(None)) for _ in range(5)]
        with calling(*(each.url for each in closing)) as client, pytest.raises(httpx.RemoteProtocolError):
            client.get(PATH)
        assert sum(len(each.received) for each in closing) == balancer.ATTEMPTS


def test_an_overloaded_instance_gets_nothing_until_its_pause_is_over(
    fleet: list[RunningService], faulty: Serve
):
    with faulty(503, "60") as overloaded, calling(overloaded.url, fleet[0].url) as client:
        assert {served_by(client.get(PATH)) for _ in range(10)} == {"i-0"}
        assert overloaded.received == ["GET"]


def test_a_request_waits_for_a_short_pause_of_all_instances(faulty: Serve):
    with faulty(503, "1") as overloaded, calling(overloaded.url) as client:
        started = time.monotonic()
        assert client.get(PATH).status_code == 503
        assert time.monotonic() - started >= 1.99  # two pauses between three attempts
        assert len(overloaded.received) == 3


def test_a_long_pause_of_all_instances_is_the_callers(faulty: Serve):
    with faulty(503, "60") as overloaded, calling(overloaded.url) as client:
        answer = client.get(PATH)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert overloaded.received == ["GET"]


def test_errors_5xx_eject_an_instance(
    fleet: list[RunningService], faulty: Serve, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(health, "EJECTION_SECONDS", 3_600)  # longer than the test takes on any machine
    with faulty(500) as broken, calling(broken.url, fleet[0].url) as client:
        statuses = [client.get(PATH).status_code for _ in range(20)]
    assert statuses.count(500) == len(broken.received) == 3


def test_an_instance_that_fails_its_checks_gets_no_requests(
    fleet: list[RunningService], faulty: Serve, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(balancer, "UPKEEP_SECONDS", 0.05)
    with faulty(404) as sick, calling(sick.url, fleet[0].url, check_path="/readyz") as client:
        # A response 404 to a request itself is the caller's mistake.
        until(lambda: all(client.get(PATH).status_code == 200 for _ in range(4)))


def test_new_instances_are_found_while_requests_flow(
    fleet: list[RunningService], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(balancer, "UPKEEP_SECONDS", 0.05)
    registered = [fleet[0].url]

    def discover() -> list[Instance]:
        return StaticInstances(*registered)()

    transport = BalancedTransport(discover)
    with httpx.Client(transport=transport, base_url="http://iris") as client:
        assert served_by(client.get(PATH)) == "i-0"
        registered[:] = [fleet[1].url]
        until(lambda: served_by(client.get(PATH)) == "i-1")


def test_the_instances_stay_while_the_discovery_fails(
    fleet: list[RunningService], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(balancer, "UPKEEP_SECONDS", 0.01)
    calls: list[float] = []

    def discover() -> list[Instance]:
        calls.append(time.monotonic())
        if len(calls) > 1:
            raise OSError("no AWS API")
        return StaticInstances(fleet[0].url)()

    with httpx.Client(transport=BalancedTransport(discover), base_url="http://iris") as client:
        until(lambda: served_by(client.get(PATH)) and len(calls) > 3)


def test_a_first_discovery_that_fails_is_a_connection_error():
    def discover() -> list[Instance]:
        raise OSError("no AWS API")

    with (
        httpx.Client(transport=BalancedTransport(discover), base_url="http://iris") as client,
        pytest.raises(httpx.ConnectError, match="no AWS API"),
    ):
        client.get(PATH)


def test_a_group_without_instances_is_a_connection_error():
    with calling() as client, pytest.raises(httpx.ConnectError, match="no instance"):
        client.get(PATH)


def test_instances_of_a_group_that_was_empty_are_found_soon(
    fleet: list[RunningService], monkeypatch: pytest.MonkeyPatch
):
    # A second after the last discovery, rather than at the next one.
    monkeypatch.setattr(balancer, "UPKEEP_SECONDS", 3_600)
    found: list[Instance] = []
    transport = BalancedTransport(lambda: found)
    with httpx.Client(transport=transport, base_url="http://iris", timeout=20) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("/readyz")
        found += StaticInstances(fleet[0].url)()

        def is_answered() -> bool:
            with contextlib.suppress(httpx.ConnectError):
                return client.get("/readyz").is_success
            return False

        until(is_answered)


@pytest.mark.parametrize("transport", [BalancedTransport, AsyncBalancedTransport])
def test_a_text_is_no_list_of_repeatable_paths(transport: Any):
    """Its first letter, a slash, would let every POST be repeated."""
    with pytest.raises(TypeError, match="repeatable_paths"):
        transport(StaticInstances(REFUSED), repeatable_paths="/api/v01/classify")


def test_it_can_be_imported_without_boto3():
    program = (
        "import sys; sys.modules.update(boto3=None, botocore=None); import client; "
        "client.BalancedTransport(client.StaticInstances('http://127.0.0.1:1'))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
