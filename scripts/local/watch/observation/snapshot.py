"""Snapshot of a local cloud for people: rates and latencies between two readings, states and cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from infra.reference_data.prices import known_instance_price, service_price
from scripts.local.watch.observation.histogram import added, merged, quantile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from localcloud.event_log import Event
    from scripts.local.watch.observation.histogram import Histogram
    from scripts.local.watch.observation.reading import (
        FirewallReading,
        FleetReading,
        InstanceReading,
        NodeReading,
        Reading,
    )

SERVING: Final = "healthy"


@dataclass(frozen=True, kw_only=True)
class Node:
    """Node of the load balancer."""

    zone: str
    answers: bool
    lost: bool
    per_second: float
    """Requests of clients per second."""


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Instance of the fleet."""

    id: str
    zone: str
    version: str
    state: str
    """`healthy`, `unhealthy`, `initial`, `draining`, `unused`, `frozen`, or `dead` without a process."""
    pid: int | None
    per_second: float
    p50: float | None
    """Median duration in seconds; None without requests."""
    p99: float | None
    cpu: float
    """Per cent of one core."""


@dataclass(frozen=True, kw_only=True)
class Firewall:
    """Firewall in front of the load balancer."""

    blocks: bool
    """Whether its rules block; otherwise they only count."""
    blocked_per_second: float
    counted_per_second: float
    blocked: int
    """Blocked requests since its start."""
    counted: int
    by_rule: Mapping[str, int]
    latest: Sequence[Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Point:
    """One moment of the charts."""

    time: float
    """Time in seconds of a monotonic clock."""
    per_second: float
    """Requests of clients per second."""
    p50: float | None
    p99: float | None
    errors: float
    """Responses with a status 5xx per second."""
    blocked: float
    """Requests per second that the firewall refused."""
    cpu: float
    """Mean of the instances, in per cent of one core."""
    desired: int | None
    """None before the AWS API has answered."""
    running: int
    healthy: int
    rate_target: float | None
    """Requests per second of all healthy instances at the policy's target; None without such a policy."""
    cpu_target: float | None
    """Policy's target, in per cent of one core."""
    cost: float | None
    """US dollars per hour at AWS's list prices; None if the instance type is unknown or has none."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """State of a local cloud at one moment."""

    url: str
    """URL of the service; empty if no cloud runs."""
    point: Point
    nodes: Sequence[Node]
    instances: Sequence[Instance]
    firewall: Firewall | None
    fleet: FleetReading | None
    control_plane_answers: bool
    events: Sequence[Event] = field(default=())


def take_snapshot(before: Reading, now: Reading) -> Snapshot:
    """Return the snapshot of a reading; rates are those since the reading before."""
    seconds = max(now.time - before.time, 0.001)
    earlier = {node.zone: node for node in before.nodes}
    pairs = [(earlier.get(node.zone, node), node) for node in now.nodes]
    answering = [(old, new) for old, new in pairs if new.answers]
    sent = _sent(answering)
    instances = [_instance(before, each, sent.get(each.id, 0), seconds) for each in now.instances]
    durations = merged(added(old.durations, new.durations) for old, new in answering)
    serving = [each for each in instances if each.state == SERVING]
    # A process that stands still stays healthy until its health checks fail.
    healthy = sum(each.pid is not None and each.state == SERVING for each in now.instances)
    per_minute = _target(now.fleet, "ALBRequestCountPerTarget")
    point = Point(
        time=now.time,
        per_second=sum(_grown(old.requests, new.requests) for old, new in answering) / seconds,
        p50=quantile(durations, 0.5),
        p99=quantile(durations, 0.99),
        errors=sum(_grown(old.by_class.get("5", 0), new.by_class.get("5", 0)) for old, new in answering)
        / seconds,
        blocked=sum(_grown(old.denied, new.denied) for old, new in answering) / seconds,
        cpu=sum(each.cpu for each in serving) / max(len(serving), 1),
        desired=now.fleet.desired if now.fleet else None,
        running=sum(each.state != "dead" for each in instances),
        healthy=healthy,
        rate_target=None if per_minute is None else per_minute * healthy / 60,
        cpu_target=_target(now.fleet, "ASGAverageCPUUtilization"),
        cost=_cost(now, sum(each.state != "dead" for each in instances)),
    )
    return Snapshot(
        url=now.url,
        point=point,
        nodes=[
            Node(
                zone=new.zone,
                answers=new.answers,
                lost=new.lost,
                per_second=_grown(old.requests, new.requests) / seconds if new.answers else 0.0,
            )
            for old, new in pairs
        ],
        instances=sorted(instances, key=lambda each: (each.zone, each.id)),
        firewall=_firewall(before.firewall, now, seconds),
        fleet=now.fleet,
        control_plane_answers=now.control_plane_answers,
        events=now.events,
    )


def _target(fleet: FleetReading | None, metric: str) -> float | None:
    policies = fleet.policies if fleet else ()
    return next((policy.target for policy in policies if policy.metric == metric), None)


def _grown(before: float, after: float) -> float:
    """Return by how much a counter has grown; one that is lower than before began anew."""
    return after - before if after >= before else after


def _sent(answering: Iterable[tuple[NodeReading, NodeReading]]) -> dict[str, float]:
    """Return the requests that the load balancer has sent to each instance, by its id."""
    sent: dict[str, float] = {}
    for old, new in answering:
        for name, requests in new.targets.items():
            sent[name] = sent.get(name, 0) + _grown(old.targets.get(name, 0), requests)
    return sent


def _instance(before: Reading, now: InstanceReading, requests: float, seconds: float) -> Instance:
    old = next((each for each in before.instances if each.id == now.id), None)
    durations: Histogram = added(old.durations, now.durations) if old and now.durations else {}
    cpu = _grown(old.cpu_seconds, now.cpu_seconds) if old else 0.0
    return Instance(
        id=now.id,
        zone=now.zone,
        version=now.version,
        state=_state(now),
        pid=now.pid,
        per_second=requests / seconds,
        p50=quantile(durations, 0.5),
        p99=quantile(durations, 0.99),
        cpu=100 * cpu / seconds,
    )


def _state(now: InstanceReading) -> str:
    if now.pid is None:
        return "dead"
    if now.frozen:
        return "frozen"
    return now.state or "initial"


def _firewall(before: FirewallReading | None, now: Reading, seconds: float) -> Firewall | None:
    reading = now.firewall
    if reading is None:
        return None
    if before is None or before.started != reading.started:
        before = reading
    return Firewall(
        blocks=now.fleet is not None and now.fleet.firewall_blocks,
        blocked_per_second=(reading.blocked - before.blocked) / seconds,
        counted_per_second=(reading.counted - before.counted) / seconds,
        blocked=reading.blocked,
        counted=reading.counted,
        by_rule=reading.by_rule,
        latest=reading.latest,
    )


def _cost(now: Reading, running: int) -> float | None:
    """Return US dollars per hour of the running instances and the load balancer, at AWS's list prices."""
    if not now.fleet or not now.fleet.instance_type:
        return None
    per_instance = known_instance_price(now.region, now.fleet.instance_type)
    if per_instance is None:  # an operator may have chosen any type, by API
        return None
    return running * per_instance + service_price(now.region, "alb.hour")
