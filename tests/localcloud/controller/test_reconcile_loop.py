"""Target health that the controller publishes, and the instances that it has replaced."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Final

import pytest

from localcloud import processes
from localcloud.aws.credentials import generate_credentials, write_credentials
from localcloud.controller import aws_queries, instances
from localcloud.controller.aws_queries import GroupDescription, GroupPolicies, ListedInstance
from localcloud.controller.reconcile_loop import Controller
from localcloud.controller.scaling.target_tracking import CapacityLimits
from localcloud.environment import Identity
from localcloud.load_balancer import balancer
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.description import LoadBalancerDescription
from localcloud.load_balancer.envoy_config import TargetStatus
from localcloud.state_dir import StateDir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

GROUP: Final = GroupDescription(
    name="fleet",
    instances=[ListedInstance("i-1", "eu-west-1a", "lt-1", "1")],
    desired=1,
    limits=CapacityLimits(minimum=1, maximum=1),
    grace_period=0,
    warm_up=0,
)

DESCRIPTION: Final = LoadBalancerDescription(
    load_balancer_attributes={},
    target_group={},
    target_group_attributes={"deregistration_delay.timeout_seconds": "0"},
    rules=[],
)


@pytest.fixture
def state_dir(tmp_path: Path) -> Iterator[StateDir]:
    """Folder of a local cloud with one instance, which listens."""
    state_dir = StateDir(tmp_path)
    state_dir.balancer.mkdir()
    write_credentials(state_dir.key_file, generate_credentials())
    port = processes.find_free_port()
    process = processes.start(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        home=state_dir.home,
        role="instance",
        log=state_dir.logs / "i-1.log",
        environment={instances.INSTANCE_ID: "i-1", instances.PORT: str(port)},
        folder=tmp_path,
    )
    deadline = time.monotonic() + 30
    while not processes.is_port_in_use(port):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    yield state_dir
    processes.stop([process])


def constant(answer: object) -> Callable[..., object]:
    """Return a function of any arguments that always gives this answer."""

    def respond(*_: object) -> object:
        return answer

    return respond


# Envoy reports no health before its first check of a target, after a restart as well (HostHealthStatus,
# pending_active_hc).
def test_an_instance_stays_healthy_until_a_restarted_load_balancer_has_checked_it(
    state_dir: StateDir, monkeypatch: pytest.MonkeyPatch
):
    # Auto Scaling, and the health checks of the load balancer.
    replaced: list[str] = []
    statuses: dict[str, TargetStatus] = {}

    def mark_unhealthy(_: object, instance_id: str) -> None:
        replaced.append(instance_id)

    answers: dict[tuple[object, str], object] = {
        (aws_queries, "describe_policies"): GroupPolicies([], []),
        (aws_queries, "describe_group"): GROUP,
        (aws_queries, "registered_targets"): frozenset({"i-1"}),
        (balancer, "describe_load_balancer"): DESCRIPTION,
        (LoadBalancer, "targets"): {"": statuses},
    }
    for (place, name), answer in answers.items():
        monkeypatch.setattr(place, name, constant(answer))
    monkeypatch.setattr(aws_queries, "mark_unhealthy", mark_unhealthy)
    identity = Identity(
        stack="dev",
        region="eu-west-1",
        endpoint="http://127.0.0.1:1",
        balancer_url="",
        key_file=str(state_dir.key_file),
    )
    controller = Controller(identity, state_dir, "fleet", LoadBalancer(state_dir, identity, "arn"))
    published: list[str] = []
    # The first one as after a restart of the controller too, which finds a running instance.
    for healthy in (None, True, None, True, False):
        statuses["i-1"] = TargetStatus(healthy=healthy, requests=0)
        controller.reconcile()
        published.append(json.loads(state_dir.target_health.read_text())["i-1"]["state"])
        assert replaced == (["i-1"] if healthy is False else [])
    assert published == ["initial", "healthy", "healthy", "healthy", "unhealthy"]
