"""Reconciliation of the running processes with the AWS API: instances, targets, health and capacity.

It runs in its own process; the instances are its children but outlive it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psutil
from botocore.exceptions import BotoCoreError, ClientError

from localcloud import processes
from localcloud.aws.credentials import CredentialsError
from localcloud.controller import aws_queries, instances
from localcloud.controller.balancer_watch import BalancerWatch
from localcloud.controller.control_plane_guard import ControlPlaneGuard
from localcloud.controller.firewall_control import FirewallControl
from localcloud.controller.instances import REASONS, InstanceProcess, find_survivors
from localcloud.controller.request_counters import RequestCounters
from localcloud.controller.scaling.fleet_scaling import FleetScaling
from localcloud.controller.scaling.metrics import InstanceCounters, MetricWindow
from localcloud.controller.scaling.target_tracking import InstanceHealth, unhealthy_instances
from localcloud.controller.settings_record import SettingsRecord
from localcloud.controller.stack_record import FleetRecord
from localcloud.controller.start import start_controller
from localcloud.environment import Identity
from localcloud.event_log import EventLog
from localcloud.load_balancer.balancer import LoadBalancer
from localcloud.load_balancer.description import is_followed
from localcloud.load_balancer.envoy_config import EnvoyTarget
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.load_balancer.zones import lost_zones, merge_statuses
from localcloud.localstack.changes import ChangeCursor, UntilChanged
from localcloud.provisioning.archives import unpack, unpack_ahead
from localcloud.state_dir import StateDir, replace_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from localcloud.controller.aws_queries import GroupDescription, ListedInstance
    from localcloud.controller.scaling.metrics import Datapoint
    from localcloud.load_balancer.envoy_config import TargetStatus

RECONCILE_INTERVAL: Final = 0.5
"""Seconds between two reconciliations."""

BOOT_INTERVAL: Final = 0.1
"""Seconds between two reconciliations while an instance boots, and between two looks for the stack."""

BOOT_TIME: Final = 10.0
"""Seconds after its start in which an instance is looked at more often."""

SETTINGS_INTERVAL: Final = 2.0
"""Minimum seconds between two readings of the load balancer's settings and the scaling policies."""

MINIMUM_BOOT_TIME: Final = 3.0
"""Seconds after its start before an instance that never served can be replaced."""

DEREGISTRATION_LEAD: Final = 2.0
"""Seconds between a target's deregistration and SIGTERM, so that the load balancer stops sending to it
first."""

REPLACEMENT: Final = frozenset({"ReplaceUnhealthy", "Terminate"})
"""Processes of Auto Scaling without which it marks unhealthy instances and keeps them (EC2 Auto Scaling user
guide, "How suspended processes affect other processes")."""


class Controller:
    """Controller of one Auto Scaling group."""

    def __init__(
        self,
        identity: Identity,
        state_dir: StateDir,
        group_name: str,
        balancer: LoadBalancer,
        predecessor: Controller | None = None,
    ) -> None:
        """Control the group `group_name` behind a load balancer, with the metrics of a predecessor."""
        self._identity = identity
        self._api = api = identity.api
        self._state_dir = state_dir
        self._group_name = group_name
        self._balancer = balancer
        self._events = EventLog(state_dir.events)
        self._routed: tuple[list[EnvoyTarget], Mapping[str, AbstractSet[str]]] | None = None
        metrics = predecessor.scaling.metrics if predecessor else MetricWindow()
        self.scaling = FleetScaling(api, group_name, balancer, self._events, metrics)
        self.requests = predecessor.requests if predecessor else RequestCounters()
        self._recorded = FleetRecord.read(state_dir.fleet_record)
        detached = self._recorded.detached if self._recorded else ()
        self._running = {each.instance_id: each for each in find_survivors(state_dir, detached)}
        self._published: dict[str, dict[str, str]] | None = None
        """Target health that is published."""
        self._settings: SettingsRecord | None = None
        """Settings that are recorded."""
        folder = state_dir.control_plane
        self._settings_cursor = ChangeCursor(folder, interval=SETTINGS_INTERVAL, read_at=time.monotonic())
        self._describe_group = UntilChanged(folder, partial(aws_queries.describe_group, api, group_name))
        self._targets_of = UntilChanged(folder, partial(aws_queries.registered_targets, api))
        self._running_of = UntilChanged(folder, partial(aws_queries.running_instances, api))

    @property
    def load_balancer_arn(self) -> str:
        """ARN of the load balancer in front of the group."""
        return self._balancer.arn

    @property
    def interval(self) -> float:
        """Seconds until the next reconciliation."""
        now = time.monotonic()
        is_booting = any(
            running.state in {"booting", "initial"} and now - running.started_at < BOOT_TIME
            for running in self._running.values()
        )
        return BOOT_INTERVAL if is_booting else RECONCILE_INTERVAL

    def reconcile(self) -> None:
        """Reconcile once."""
        self._follow_settings()
        group = self._describe_group()
        if self._replace_dead(group):
            group = self._describe_group()
        started = self._started(group)
        self._drain(started)
        lost = lost_zones(self._state_dir)
        for instance in group.instances:
            if instance.instance_id not in started:
                continue
            if instance.instance_id in self._running:
                running = self._running[instance.instance_id]
                running.zone = instance.zone
                if instance.zone in lost:  # it has started while the zone was lost
                    processes.kill(running.process)
            elif instance.zone in lost:
                self._replace(group, instance.instance_id, f"is in {instance.zone}, which is lost")
            else:
                self._launch(instance)
        members = {arn: self._targets_of(arn) for arn in self._balancer.description.target_group_arns}
        self._record(group, members[self._balancer.description.target_group_arn])
        self._route(members)
        of_zones = self._balancer.targets()
        health = [each for each in self._observe(of_zones) if each.instance_id in group.in_service]
        for instance_id in unhealthy_instances(health, group.grace_period) if group.checks_targets else ():
            self._replace(group, instance_id, "failed its health checks")
        if datapoint := self._sample_metrics(of_zones, group, health):
            self.scaling.turn(group, health, datapoint)

    def _follow_settings(self) -> None:
        """Apply what has changed in the AWS API since the last look."""
        if not self._settings_cursor.is_due():
            return
        with self._settings_cursor.reading():
            self.scaling.follow()
            self._record_settings()
            self._follow_balancer()

    def _follow_balancer(self) -> None:
        try:
            changed = self._balancer.follow(self._targets_of)
        except UnsupportedRuleError as error:
            self._events.append(f"the load balancer keeps its listener rules: {error}")
            return
        if followed := [change for change in changed if is_followed(change)]:
            self._events.append(f"the load balancer follows {', '.join(followed)}")
        if stored := [change for change in changed if not is_followed(change)]:
            self._events.append(f"the load balancer only stores {', '.join(stored)}")

    def _record_settings(self) -> None:
        """Record the settings for the case that LocalStack is lost."""
        settings = SettingsRecord.of(self._api, self._group_name, self._balancer.arn)
        if settings != self._settings:
            settings.save(self._state_dir.settings_record)
            self._settings = settings

    def configure_balancer(self) -> None:
        """Apply the settings that the load balancer has in the AWS API."""
        try:
            self._balancer.configure()
        except UnsupportedRuleError as error:
            self._events.append(f"the load balancer keeps its listener rules: {error}")

    def _record(self, group: GroupDescription, registered: AbstractSet[str]) -> None:
        """Record the fleet for the case that LocalStack is lost."""
        known: Mapping[str, str] = self._recorded.detached if self._recorded else {}
        detached = {
            name: running.zone or known.get(name, "")
            for name, running in self._running.items()
            if running.detached
        }
        record = FleetRecord.of(group, self._balancer.description, registered, detached)
        if record != self._recorded:
            record.save(self._state_dir.fleet_record)
            self._recorded = record

    def _replace_dead(self, group: GroupDescription) -> bool:
        """Replace the instances whose process has exited; return whether there was one.

        One that Auto Scaling keeps gets another process, as an instance that starts its service again.
        """
        now = time.monotonic()
        replaced = False
        for running in list(self._running.values()):
            # An instance that fails while booting is not replaced at once: a bad archive would loop forever.
            is_booting = running.state == "booting" and now - running.started_at < MINIMUM_BOOT_TIME
            if is_booting or processes.is_alive(running.process):
                continue
            del self._running[running.instance_id]
            if running.instance_id in group.ids:
                self._replace(group, running.instance_id, "lost its process")
                replaced = True
        return replaced

    def _replace(self, group: GroupDescription, instance_id: str, reason: str) -> None:
        """Report an instance as unhealthy, unless it is known, in standby, or its health is not checked."""
        if "HealthCheck" in group.suspended or instance_id not in group.in_service - group.unhealthy:
            return
        kept = sorted(group.suspended & REPLACEMENT)
        deed = f"keeps it while {' and '.join(kept)} is suspended" if kept else "replaces it"
        self._events.append(f"{instance_id} {reason}; Auto Scaling {deed}")
        aws_queries.mark_unhealthy(self._api, instance_id)

    def _started(self, group: GroupDescription) -> AbstractSet[str]:
        """Return the instances of a group without those that an operator has stopped or terminated in EC2."""
        return self._running_of(frozenset(group.ids)) if group.may_list_stopped else group.ids

    def _drain(self, listed: AbstractSet[str]) -> None:
        """Drain and terminate the instances that are stopped, or no longer in the group.

        One that is started again meanwhile gets another process afterwards.
        """
        now = time.monotonic()
        drain_time = self._balancer.description.deregistration_delay
        for running in self._running.values():
            if running.state != "draining" and (running.instance_id in listed or self._is_detached(running)):
                running.detached = running.instance_id not in listed
                continue
            if running.state != "draining":
                running.retired_at = now
                # An unhealthy instance receives no requests and may not react to SIGTERM.
                was_unhealthy = running.state == "unhealthy"
                running.state = "draining"
                self._events.append(f"{running.instance_id} is deregistered")
                if was_unhealthy:
                    processes.kill(running.process)
            elif now - running.retired_at > DEREGISTRATION_LEAD + drain_time:
                processes.kill(running.process)
            elif now - running.retired_at > DEREGISTRATION_LEAD and not running.terminated:
                running.terminated = True
                processes.terminate(running.process)

    def _is_detached(self, running: InstanceProcess) -> bool:
        """Return whether EC2 still runs an instance that has left its group."""
        is_running = running.instance_id in self._running_of(frozenset({running.instance_id}))
        if is_running and not running.detached:
            self._events.append(f"{running.instance_id} is detached from its group and goes on")
        return is_running

    def _launch(self, instance: ListedInstance) -> None:
        if instance.template_id is None:
            return
        boot = instances.read_launch_settings(self._api, instance.template_id, instance.template_version)
        folder = unpack(self._api, boot, self._state_dir)
        port = processes.find_free_port()
        process = instances.launch(self._state_dir, self._identity, instance.instance_id, boot, folder, port)
        self._running[instance.instance_id] = InstanceProcess(
            instance.instance_id, process, port, zone=instance.zone
        )
        aws_queries.tag_address(self._api, instance.instance_id, port)
        self._events.append(f"{instance.instance_id} starts in {instance.zone}")

    def _route(self, members: Mapping[str, AbstractSet[str]]) -> None:
        """Route requests to the instances that listen and are registered, by ARN of their target group."""
        registered = frozenset[str]().union(*members.values())
        for running in self._running.values():
            if running.state == "booting" and processes.is_port_in_use(running.port):
                running.state, running.registered_at = "initial", time.monotonic()
            if running.state in {"booting", "draining"}:
                continue
            if running.instance_id not in registered and running.state != "unused":
                running.state = "unused"
                self._events.append(f"{running.instance_id} is not registered and receives no requests")
            elif running.instance_id in registered and running.state == "unused":
                running.state, running.registered_at = "initial", time.monotonic()
        targets = [
            EnvoyTarget(running.instance_id, running.port, running.zone, healthy=running.state != "unhealthy")
            for running in self._running.values()
            if running.state not in {"booting", "draining", "unused"}
        ]
        if (targets, members) != self._routed:
            self._balancer.register(targets, members)
            self._routed = (targets, members)

    def _observe(self, of_zones: Mapping[str, Mapping[str, TargetStatus]]) -> list[InstanceHealth]:
        """Publish the target health that the load balancer reports, and return that of all instances."""
        statuses = merge_statuses(of_zones.values())
        for running in self._running.values():
            status = statuses.get(running.instance_id)
            if status is not None and running.state not in {"draining", "unused"}:
                self._update_state(running, status)
        states = {
            running.instance_id: {
                "state": "initial" if running.state == "booting" else running.state,
                "reason": REASONS.get(running.state, ""),
            }
            for running in self._running.values()
        }
        if states != self._published:
            replace_text(self._state_dir.target_health, json.dumps(states))
            self._published = states
        now = time.time()
        return [
            InstanceHealth(
                running.instance_id,
                now - running.process.create_time(),
                # The load balancer does not check what is not registered with it.
                healthy=running.state in {"healthy", "unused"} or self._is_in_first_checks(running, statuses),
            )
            for running in self._running.values()
            if running.state != "draining"
        ]

    def _is_in_first_checks(self, running: InstanceProcess, statuses: Mapping[str, TargetStatus]) -> bool:
        """Return whether a registered instance has not failed as many health checks as make it unhealthy."""
        if running.state != "initial":
            return False
        status = statuses.get(running.instance_id)
        if status is None or status.healthy is None:
            return True
        # Envoy takes a new target for unhealthy until its first successful check; an ALB calls it initial.
        group = self._balancer.description.target_group
        seconds = group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"]
        return time.monotonic() - running.registered_at < seconds

    def _update_state(self, running: InstanceProcess, status: TargetStatus) -> None:
        if status.healthy and running.state != "healthy":
            running.state = "healthy"
            self._events.append(f"{running.instance_id} is healthy and receives requests")
        # An instance stays healthy while a restarted load balancer has not checked it yet.
        elif status.healthy is False and running.state == "healthy":
            running.state = "unhealthy"
            self._events.append(f"{running.instance_id} is unhealthy; the load balancer skips it")

    def _sample_metrics(
        self,
        of_zones: Mapping[str, Mapping[str, TargetStatus]],
        group: GroupDescription,
        health: list[InstanceHealth],
    ) -> Datapoint | None:
        """Sample the counters, unless no load balancer answers: then the next sample has all of them.

        Returns:
            A datapoint at the end of its period.
        """
        for zone, statuses in of_zones.items():
            self.requests.add(zone, {name: status.requests for name, status in statuses.items()})
        if not of_zones:
            return None
        counters = {
            running.instance_id: InstanceCounters(
                requests=self.requests.total(running.instance_id),
                cpu_seconds=_cpu_seconds(running.process),
            )
            for running in self._running.values()
            if any(running.instance_id in statuses for statuses in of_zones.values())
        }
        warm_up = self.scaling.warm_up(group)
        warming = {instance.instance_id for instance in health if instance.age < warm_up}
        return self.scaling.metrics.add(time.monotonic(), counters, warming)


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0
    return times.user + times.system


def main() -> None:
    """Reconcile until SIGTERM; `localcloud.controller.supervisor` starts it, and again when it has failed.

    The instances keep running; `iris local down` stops them.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps our children
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    identity = Identity.from_environment(os.environ)
    try:
        identity.api  # noqa: B018 - without a key, no turn can succeed
    except CredentialsError as error:
        sys.exit(str(error))
    state_dir = StateDir(Path(os.environ[processes.HOME]))
    supervisor = os.getppid()
    _wait_until_deployed(state_dir, supervisor)
    events = EventLog(state_dir.events)
    BalancerWatch(state_dir, identity, events).start()
    guard = ControlPlaneGuard(state_dir, identity, events)
    firewall = FirewallControl(identity, state_dir)
    controller: Controller | None = None
    is_lost = False
    while True:
        state_dir.heartbeat.touch()
        if fault := _fault_of_supervisor(supervisor):
            events.append(f"the controller {fault}; both are started again")
            start_controller(state_dir, identity)
            return
        try:
            if not guard.is_available():
                is_lost = True
                firewall.heal()
            else:
                if controller is None or is_lost:
                    controller = _start_controller(identity, state_dir, controller)
                    is_lost = False
                # The firewall first: the load balancer asks it as soon as it has a web ACL.
                firewall.reconcile(controller.load_balancer_arn)
                controller.reconcile()
        except (BotoCoreError, ClientError) as error:
            # The fleet keeps serving without its control plane; the next reconciliation tries again.
            print(error, file=sys.stderr, flush=True)  # noqa: T201 - stderr is this process's log
        except Exception:  # noqa: BLE001 - the controller must survive races with exiting processes
            traceback.print_exc()
        time.sleep(controller.interval if controller else RECONCILE_INTERVAL)


def _wait_until_deployed(state_dir: StateDir, supervisor: int) -> None:
    """Unpack the archives and wait until the stack is deployed, or the supervisor has exited."""
    if not state_dir.deployed.exists():
        unpack_ahead(state_dir)
    while not state_dir.deployed.exists() and os.getppid() == supervisor:
        state_dir.heartbeat.touch()
        time.sleep(BOOT_INTERVAL)


def _fault_of_supervisor(pid: int) -> str | None:
    """Return the fault of this process's supervisor, or None; one that is stopped is killed."""
    if os.getppid() != pid or not psutil.pid_exists(pid):
        return "has lost its supervisor"
    supervisor = psutil.Process(pid)
    if not processes.is_stopped(supervisor):
        return None
    processes.kill(supervisor)
    return "has a supervisor that was stopped"


def _start_controller(identity: Identity, state_dir: StateDir, before: Controller | None) -> Controller:
    """Create a controller of the stack that is now in the AWS API."""
    outputs = aws_queries.read_outputs(identity.api, identity.stack)
    if outputs is None:
        sys.exit(f"the stack {identity.stack} is not in {identity.endpoint}")
    balancer = LoadBalancer(state_dir, identity, outputs["loadBalancerArn"])
    controller = Controller(identity, state_dir, outputs["autoScalingGroup"], balancer, before)
    # Its settings may have changed while no controller ran.
    controller.configure_balancer()
    return controller


if __name__ == "__main__":
    main()
