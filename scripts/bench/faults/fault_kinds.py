"""Faults of a local cloud: injection of each, its limit, and the state in which it is repaired."""

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

if TYPE_CHECKING:
    from collections.abc import Callable

    from localcloud.processes import Role
    from localcloud.state_dir import StateDir
    from localcloud.status import Status

SLOW_SECONDS: Final = 10.0
"""Duration of an instance's slowness."""

SLOW_PAUSE: Final = 0.2
"""Seconds for which a slow instance stands still, and then runs, in turns."""


@dataclass(frozen=True)
class Fault:
    """Fault of a running cloud."""

    name: str
    explained: str
    inject: Callable[[StateDir], Callable[[Status], bool]]
    """Injects the fault, and returns whether a status shows that it is repaired."""
    event: str = ""
    """Text of the event with which the controller notices it; empty if it writes none."""
    within: float = 60.0
    """Maximum seconds until it is repaired."""


def _signal_instance(number: signal.Signals) -> Callable[[StateDir], Callable[[Status], bool]]:
    def inject(state_dir: StateDir) -> Callable[[Status], bool]:
        victim = read_status(state_dir).instances[0]
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
    victim = read_status(state_dir).instances[0]
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
    victim = read_status(state_dir).instances[0]
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


FAULTS: Final = (
    Fault(
        "kill-balancer",
        "Envoy of one zone killed",
        _signal_component("balancer", signal.SIGKILL),
        "load balancer",
    ),
    Fault(
        "freeze-balancer",
        "Envoy of one zone stopped",
        _signal_component("balancer", signal.SIGSTOP),
        "load balancer",
    ),
    Fault("kill-controller", "controller killed", _signal_component("controller", signal.SIGKILL)),
    Fault(
        "kill-supervisor",
        "its supervisor killed",
        _signal_component("controller", signal.SIGKILL, 0),
        "supervisor",
    ),
    Fault("slow-instance", "instance that stands still half of the time for 10 s", _slow_instance),
    Fault("kill-instance", "instance killed", _signal_instance(signal.SIGKILL), "Auto Scaling replaces"),
    Fault(
        "lose-zone",
        "all of a zone killed, and nothing started there",
        _lose_zone,
        "Auto Scaling replaces",
        120,
    ),
    Fault(
        "kill-localstack",
        "LocalStack killed",
        _signal_component("control-plane", signal.SIGKILL),
        "LocalStack lost its process",
        300,
    ),
    Fault(
        "freeze-instance", "instance stopped", _signal_instance(signal.SIGSTOP), "Auto Scaling replaces", 180
    ),
)
"""All faults, in the order of the table; the last one waits for the grace period of its instance."""
