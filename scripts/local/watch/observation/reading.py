"""Reading of a local cloud at one moment: counters and states as its parts report them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scripts.local.watch.observation.histogram import Bucket, Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from localcloud.controller.scaling.metric_names import Metric
    from localcloud.event_log import Event


@dataclass(frozen=True, kw_only=True)
class NodeReading:
    """Envoy of one zone."""

    zone: str
    """Zone; empty for one Envoy of all zones."""
    lost: bool = False
    """Whether an operator has made its zone fail."""
    answers: bool = False
    requests: int = 0
    """Requests of clients since its start."""
    by_class: Mapping[str, int] = field(default_factory=dict[str, int])
    """Responses to clients by first digit of the status."""
    denied: int = 0
    """Requests that the firewall refused."""
    targets: Mapping[str, int] = field(default_factory=dict[str, int])
    """Requests sent to each instance, by its id."""
    durations: Histogram = field(default_factory=dict[Bucket, int])
    """Durations of the requests as clients see them."""


@dataclass(frozen=True, kw_only=True)
class InstanceReading:
    """Instance as its process, Auto Scaling and its target group show it."""

    id: str
    zone: str
    pid: int | None = None
    """Process id; None if it has no process."""
    frozen: bool = False
    """Whether its process is stopped (SIGSTOP)."""
    state: str = ""
    """Target health; empty before the controller has seen it."""
    version: str = ""
    """Version of its launch template."""
    listed: bool = True
    """Whether Auto Scaling lists it: one that it no longer lists is draining."""
    cpu_seconds: float = 0.0
    durations: Histogram = field(default_factory=dict[Bucket, int])
    """Durations of its requests, without health checks."""


@dataclass(frozen=True, kw_only=True)
class FirewallReading:
    """Firewall's counts since its process started."""

    started: float
    allowed: int = 0
    blocked: int = 0
    counted: int = 0
    """Requests that a rule matched without blocking them."""
    by_rule: Mapping[str, int] = field(default_factory=dict[str, int])
    """Blocked or counted requests by rule."""
    latest: Sequence[Sequence[str]] = ()
    """Time, action, rule, address, method and target of the latest requests that a rule matched."""


@dataclass(frozen=True)
class Policy:
    """Target tracking policy."""

    metric: Metric
    target: float
    """Target per instance: requests per minute, or per cent of the CPU."""
    alarms: Sequence[str] = ()
    """Names of its alarms: above the target, and well below it."""


@dataclass(frozen=True, kw_only=True)
class FleetReading:
    """Auto Scaling group, its policies and its alarms, as the AWS API describes them."""

    desired: int = 0
    minimum: int = 0
    maximum: int = 0
    instance_type: str = ""
    policies: Sequence[Policy] = ()
    alarms: Mapping[str, str] = field(default_factory=dict[str, str])
    """State of each alarm, by its name."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    """Launch template version of each instance, by its id."""
    algorithm: str = ""
    firewall_blocks: bool = False
    """Whether the firewall's rules block; otherwise they only count."""
    refresh: str = ""
    """Status of an instance refresh in progress; empty without one."""
    refreshed: int = 0
    """Its progress, in per cent."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """All that is read at one moment."""

    time: float
    """Time in seconds of a monotonic clock."""
    url: str = ""
    """URL of the service; empty if no cloud runs."""
    region: str = ""
    nodes: Sequence[NodeReading] = ()
    instances: Sequence[InstanceReading] = ()
    firewall: FirewallReading | None = None
    fleet: FleetReading | None = None
    """None before the AWS API has answered for the first time."""
    control_plane_answers: bool = True
    """Whether the AWS API has answered the last time."""
    events: Sequence[Event] = ()
