"""Keeps what runs equal to what the AWS API lists: instances, targets, health, capacity.

It is a process of its own; the instances are its children but outlive it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from localcloud import processes
from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries, instances
from localcloud.controller.metrics import Meter, Totals
from localcloud.controller.target_tracking import Patience, Seen, decide, to_replace
from localcloud.environment import Identity
from localcloud.event_log import Events
from localcloud.load_balancer.envoy import Admin
from localcloud.load_balancer.envoy_config import Files, Target, endpoints
from localcloud.state_dir import Layout, replace_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from localcloud.controller.aws_queries import Group, Listed
    from localcloud.load_balancer.envoy_config import TargetStatus

TICK: Final = 0.5
"""Seconds between two looks at everything."""

SCALING_INTERVAL: Final = 10.0
"""Seconds between two decisions about capacity."""

SCALE_IN_PATIENCE: Final = 180.0
"""Seconds that a group could have been smaller before it shrinks; AWS takes 15 minutes."""

SHORTEST_LIFE: Final = 3.0
"""Seconds after its start in which an instance that never served is not replaced."""

NOTICE: Final = 2.0
"""Seconds between a target's deregistration and its end, so that the balancer stops sending to it first."""

State = Literal["booting", "initial", "healthy", "unhealthy", "draining"]

REASONS: Final[Mapping[State, str]] = {
    "booting": "Elb.RegistrationInProgress",
    "initial": "Elb.InitialHealthChecking",
    "unhealthy": "Target.FailedHealthChecks",
    "draining": "Target.DeregistrationInProgress",
}
"""Reason codes of `DescribeTargetHealth`."""


@dataclass
class Running:
    """An instance's process."""

    instance_id: str
    process: psutil.Process
    port: int
    state: State = "booting"
    started_at: float = field(default_factory=time.monotonic)
    retired_at: float = 0
    """When it was taken off the list, by the steady clock."""
    asked_to_end: bool = False


class Controller:
    """One fleet's keeper."""

    def __init__(self, identity: Identity, layout: Layout, group_name: str, drain_time: float) -> None:
        """Keep the group `group_name`; instances have `drain_time` seconds to finish what is in flight."""
        self._identity = identity
        self._api = api = identity.api
        self._layout = layout
        self._group_name = group_name
        self._drain_time = drain_time
        self._files = Files(layout.balancer)
        self._admin = Admin(self._files)
        self._events = Events(layout.events)
        self._running = {running.instance_id: running for running in _survivors(layout)}
        self._routed: list[Target] | None = None
        self._policies = aws_queries.policies(api, group_name)
        self._meter = Meter()
        self._patience = Patience(SCALE_IN_PATIENCE)
        self._decided_at = time.monotonic()

    def tick(self) -> None:
        """Look at everything once, and set right what is not."""
        group = aws_queries.group(self._api, self._group_name)
        if self._bury(group.ids):
            group = aws_queries.group(self._api, self._group_name)
        self._retire(group.ids)
        for instance in group.instances:
            if instance.instance_id not in self._running:
                self._launch(instance)
        self._route()
        seen = self._observe()
        for instance_id in to_replace(seen, group.grace_period):
            self._replace(instance_id, "failed its health checks")
        self._scale(group, seen)

    def _bury(self, listed: set[str]) -> bool:
        """Have those replaced whose process is gone; tell whether there was one."""
        now = time.monotonic()
        replaced = False
        for running in list(self._running.values()):
            # One that dies as it boots is not replaced at once, or a bad archive would do so without end.
            boots = running.state == "booting" and now - running.started_at < SHORTEST_LIFE
            if boots or processes.is_alive(running.process):
                continue
            del self._running[running.instance_id]
            if running.instance_id in listed:
                self._replace(running.instance_id, "lost its process")
                replaced = True
        return replaced

    def _replace(self, instance_id: str, why: str) -> None:
        self._events.tell(f"{instance_id} {why}; Auto Scaling replaces it")
        aws_queries.replace(self._api, instance_id)

    def _retire(self, listed: set[str]) -> None:
        """Let those drain and end that are no longer listed."""
        now = time.monotonic()
        for running in self._running.values():
            if running.instance_id in listed:
                continue
            if running.state != "draining":
                running.retired_at = now
                # One that fails its health checks has nothing to finish, and may not hear SIGTERM.
                hopeless = running.state == "unhealthy"
                running.state = "draining"
                self._events.tell(f"{running.instance_id} is deregistered")
                if hopeless:
                    processes.end(running.process)
            elif now - running.retired_at > NOTICE + self._drain_time:
                processes.end(running.process)
            elif now - running.retired_at > NOTICE and not running.asked_to_end:
                running.asked_to_end = True
                processes.ask_to_end(running.process)

    def _launch(self, instance: Listed) -> None:
        boot = instances.boot_of(self._api, instance.template_id, instance.template_version)
        folder = instances.unpack(self._api, boot, self._layout)
        port = processes.free_port()
        process = instances.launch(self._layout, self._identity, instance.instance_id, boot, folder, port)
        self._running[instance.instance_id] = Running(instance.instance_id, process, port)
        self._events.tell(f"{instance.instance_id} starts in {instance.zone}")

    def _route(self) -> None:
        """Register those that listen with the balancer."""
        for running in self._running.values():
            if running.state == "booting" and processes.is_taken(running.port):
                running.state = "initial"
        targets = [
            Target(running.instance_id, running.port)
            for running in self._running.values()
            if running.state not in {"booting", "draining"}
        ]
        if targets != self._routed:
            replace_text(self._files.endpoints, json.dumps(endpoints(targets)))
            self._routed = targets

    def _observe(self) -> list[Seen]:
        """Take over the health that the balancer found out, and publish it."""
        statuses = self._admin.targets()
        for running in self._running.values():
            status = statuses.get(running.instance_id)
            if status is not None and running.state != "draining":
                self._note(running, status)
        health = {
            running.instance_id: {
                "state": "initial" if running.state == "booting" else running.state,
                "reason": REASONS.get(running.state, ""),
            }
            for running in self._running.values()
        }
        replace_text(self._layout.target_health, json.dumps(health))
        self._measure(statuses)
        now = time.time()
        return [
            Seen(running.instance_id, now - running.process.create_time(), running.state == "healthy")
            for running in self._running.values()
            if running.state != "draining"
        ]

    def _note(self, running: Running, status: TargetStatus) -> None:
        if status.healthy and running.state != "healthy":
            running.state = "healthy"
            self._events.tell(f"{running.instance_id} is healthy and serves")
        elif not status.healthy and running.state == "healthy":
            running.state = "unhealthy"
            self._events.tell(f"{running.instance_id} is unhealthy; the balancer leaves it out")

    def _measure(self, statuses: Mapping[str, TargetStatus]) -> None:
        totals = {
            running.instance_id: Totals(
                requests=statuses[running.instance_id].requests,
                cpu_seconds=_cpu_seconds(running.process),
            )
            for running in self._running.values()
            if running.instance_id in statuses
        }
        self._meter.read(time.monotonic(), totals)

    def _scale(self, group: Group, seen: list[Seen]) -> None:
        now = time.monotonic()
        warming = any(instance.age < group.warm_up for instance in seen)
        # While instances are replaced, there are more or fewer of them than the load asks for.
        unsettled = warming or len(seen) != group.desired
        if now - self._decided_at < SCALING_INTERVAL or unsettled or not seen:
            return
        self._decided_at = now
        readings = [(policy, self._meter.value(policy.metric)) for policy in self._policies]
        known = [(policy, value) for policy, value in readings if value is not None]
        wanted = self._patience.agree(now, len(seen), decide(len(seen), known, group.bounds))
        if wanted != len(seen):
            figures = ", ".join(
                f"{policy.metric} {value:.0f} of {policy.target:.0f}" for policy, value in known
            )
            self._events.tell(f"the group goes from {len(seen)} to {wanted} instances ({figures})")
            aws_queries.resize(self._api, self._group_name, wanted)


def _survivors(layout: Layout) -> list[Running]:
    """Find the instances that an earlier controller left running."""
    return [
        Running(
            instance_id=member.environment[instances.INSTANCE_ID],
            process=member.process,
            port=int(member.environment[instances.PORT]),
        )
        for member in processes.members(layout.home)
        if member.role == "instance"
    ]


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0
    return times.user + times.system


def main() -> None:
    """Keep the fleet until SIGTERM. The instances live on: who stops the cloud stops them."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries our children
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    identity = Identity.of(os.environ)
    try:
        api = identity.api
    except CredentialsError as error:
        sys.exit(str(error))
    layout = Layout(Path(os.environ[processes.HOME]))
    outputs = aws_queries.recall(api, identity.stack)
    if outputs is None:
        sys.exit(f"the stack {identity.stack} is not in {identity.endpoint}")
    drain_time = aws_queries.deregistration_delay(api, outputs["targetGroupArn"])
    controller = Controller(identity, layout, outputs["autoScalingGroup"], drain_time)
    while True:
        try:
            controller.tick()
        except (BotoCoreError, ClientError) as error:
            # The fleet serves on without its control plane; what it can't tell now it tells later.
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - stderr is this process's log
        except Exception:  # noqa: BLE001 - a keeper that falls over a process that just ended keeps nothing
            traceback.print_exc()
        time.sleep(TICK)


if __name__ == "__main__":
    main()
