"""Faults of a local cloud: injection of each, its bounds, and the state in which it is repaired."""

from __future__ import annotations

import signal
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import psutil

from localcloud import processes
from localcloud.controller.zone_failure import lose_zone, restore_zone
from localcloud.status import read_status
from scripts.bench.faults.stack_numbers import (
    BALANCER_SECONDS,
    BOOT_SECONDS,
    FLIGHT_SECONDS,
    RESTORE_SECONDS,
    SUPERVISION_SECONDS,
    TURN,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.processes import Role
    from localcloud.state_dir import StateDir
    from localcloud.status import InstanceStatus, Status
    from scripts.bench.faults.stack_numbers import StackNumbers

SLOW_SECONDS: Final = 10.0
"""Duration of an instance's slowness."""

SLOW_PAUSE: Final = 0.2
"""Seconds for which a slow instance stands still, and then runs, in turns."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Bounds of a fault's effect, which follow from the numbers of the stack."""

    noticed: float
    """Maximum seconds until it is noticed."""
    repaired: float
    """Maximum seconds until it is repaired."""
    lost_seconds: float = 0.0
    """Maximum seconds of requests that are lost with what fails ..."""
    lost_share: float = 0.0
    """... and its share of all requests."""


@dataclass(frozen=True)
class Fault:
    """Fault of a running cloud."""

    name: str
    explained: str
    inject: Callable[[StateDir], Callable[[Status], bool]]
    """Injects the fault, and returns whether a status shows that it is repaired."""
    bounds: Callable[[StackNumbers], Bounds]
    event: str = ""
    """Text of the event with which the controller notices it; empty if it writes none."""
    is_passed_on: bool = False
    """True if an Application Load Balancer too passes the instance's errors on to clients until its health
    checks have failed. Of two targets, no algorithm prevents it: anomaly mitigation needs three."""


def _oldest_instance(state_dir: StateDir) -> InstanceStatus:
    """Return the instance that has served for the longest time, and whose grace period ends first."""
    healthy = [each for each in read_status(state_dir).instances if each.health == "healthy" and each.pid]
    return min(healthy, key=lambda each: psutil.Process(each.pid).create_time())


def _signal_instance(number: signal.Signals) -> Callable[[StateDir], Callable[[Status], bool]]:
    def inject(state_dir: StateDir) -> Callable[[Status], bool]:
        victim = _oldest_instance(state_dir)
        psutil.Process(victim.pid).send_signal(number)

        def is_repaired(status: Status) -> bool:
            return status.is_up and victim.id not in {instance.id for instance in status.instances}

        return is_repaired

    return inject


def _signal_component(
    role: Role, number: signal.Signals, index: int = -1
) -> Callable[[StateDir], Callable[[Status], bool]]:
    """Return an injection that signals one of the processes with a role; the last is the youngest."""

    def inject(state_dir: StateDir) -> Callable[[Status], bool]:
        victim = [each.process for each in processes.find(state_dir.home) if each.role == role][index]
        victim.send_signal(number)

        def is_repaired(status: Status) -> bool:
            return status.is_up and not processes.is_alive(victim)

        return is_repaired

    return inject


def _slow_instance(state_dir: StateDir) -> Callable[[Status], bool]:
    victim = _oldest_instance(state_dir)
    process = psutil.Process(victim.pid)

    def alternate() -> None:
        until = time.monotonic() + SLOW_SECONDS
        while time.monotonic() < until and processes.is_alive(process):
            process.suspend()
            time.sleep(SLOW_PAUSE)
            process.resume()
            time.sleep(SLOW_PAUSE)

    slowing = threading.Thread(target=alternate, daemon=True)
    slowing.start()
    return lambda status: not slowing.is_alive() and status.is_up


def _lose_zone(state_dir: StateDir) -> Callable[[Status], bool]:
    victim = _oldest_instance(state_dir)
    zone = victim.zone or ""
    lose_zone(state_dir, zone)
    restored: list[str] = []

    def is_repaired(status: Status) -> bool:
        listed = [instance for instance in status.instances if instance.zone is not None]
        others_serve = len(listed) > 1 and all(instance.health == "healthy" for instance in listed)
        if not restored and others_serve and victim.id not in {instance.id for instance in listed}:
            restore_zone(state_dir, zone)
            restored.append(zone)
        return bool(restored) and status.is_up

    return is_repaired


def _balancer_killed(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=BALANCER_SECONDS, repaired=20, lost_seconds=FLIGHT_SECONDS, lost_share=1 / stack.zones
    )


def _balancer_stopped(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=BALANCER_SECONDS, repaired=20, lost_seconds=BALANCER_SECONDS, lost_share=1 / stack.zones
    )


def _controller_lost(_: StackNumbers) -> Bounds:
    return Bounds(noticed=SUPERVISION_SECONDS, repaired=20)


def _instance_slow(_: StackNumbers) -> Bounds:
    return Bounds(noticed=0, repaired=SLOW_SECONDS + BOOT_SECONDS)


def _instance_killed(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=TURN,
        repaired=TURN + BOOT_SECONDS,
        lost_seconds=FLIGHT_SECONDS,
        lost_share=1 / stack.instances,
    )


def _instance_stopped(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=stack.silent_seconds + TURN,
        repaired=max(stack.silent_seconds, stack.grace) + TURN + BOOT_SECONDS,
        lost_seconds=stack.silent_seconds + TURN,
        lost_share=1 / stack.instances,
    )


def _instance_failing(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=stack.failing_seconds + TURN,
        repaired=max(stack.failing_seconds, stack.grace) + TURN + BOOT_SECONDS,
        lost_seconds=stack.failing_seconds + TURN,
        lost_share=1 / stack.instances,
    )


def _zone_lost(stack: StackNumbers) -> Bounds:
    return Bounds(
        noticed=TURN,
        repaired=2 * (TURN + BOOT_SECONDS),  # in the other zone, and then in the one that is restored
        lost_seconds=FLIGHT_SECONDS,
        lost_share=2 / stack.zones,  # by its load balancer, and by its instances
    )


def _localstack_lost(_: StackNumbers) -> Bounds:
    return Bounds(noticed=TURN, repaired=RESTORE_SECONDS)


FAULTS: Final = (
    Fault(
        "kill-balancer",
        "Envoy of one zone killed",
        _signal_component("balancer", signal.SIGKILL),
        _balancer_killed,
        "load balancer",
    ),
    Fault(
        "freeze-balancer",
        "Envoy of one zone stopped",
        _signal_component("balancer", signal.SIGSTOP),
        _balancer_stopped,
        "load balancer",
    ),
    Fault(
        "kill-controller",
        "controller killed",
        _signal_component("controller", signal.SIGKILL),
        _controller_lost,
    ),
    Fault(
        "kill-supervisor",
        "its supervisor killed",
        _signal_component("controller", signal.SIGKILL, 0),
        _controller_lost,
        "supervisor",
    ),
    Fault(
        "slow-instance",
        "instance that stands still half of the time for 10 s",
        _slow_instance,
        _instance_slow,
    ),
    Fault(
        "kill-instance",
        "instance killed",
        _signal_instance(signal.SIGKILL),
        _instance_killed,
        "Auto Scaling replaces",
    ),
    Fault(
        "lose-zone",
        "all of a zone killed, and nothing started there",
        _lose_zone,
        _zone_lost,
        "Auto Scaling replaces",
    ),
    Fault(
        "kill-localstack",
        "LocalStack killed",
        _signal_component("control-plane", signal.SIGKILL),
        _localstack_lost,
        "LocalStack lost its process",
    ),
    Fault(
        "fail-instance",
        "instance that answers 500 to everything",
        _signal_instance(signal.SIGUSR1),  # of an archive that `faulty_archive` has made
        _instance_failing,
        "is unhealthy",
        is_passed_on=True,
    ),
    Fault(
        "freeze-instance",
        "instance stopped",
        _signal_instance(signal.SIGSTOP),
        _instance_stopped,
        "is unhealthy",
    ),
)
"""All faults, in the order of the table; the last ones wait for the grace period of their instances."""
