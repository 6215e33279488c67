"""Faults of the cloud's parts: killed, stopped and slow processes, and lost zones."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING, Final

from localcloud import processes
from localcloud.controller import instances
from localcloud.controller.zone_failure import ZoneError, lose_zone, restore_zone
from localcloud.load_balancer.zonal_envoy import ZONE
from scripts.bench.balance.throttle import throttled
from scripts.local.watch.actions.outcome import ActionError, Outcome

if TYPE_CHECKING:
    import psutil

    from localcloud.state_dir import StateDir

SLOW_SECONDS: Final = 30.0
"""Duration of an instance's slowness."""


class Faults:
    """Faults that the page makes."""

    def __init__(self, state_dir: StateDir) -> None:
        """Create them for the cloud in a folder."""
        self._state_dir = state_dir
        self._slow: dict[str, threading.Event] = {}

    @property
    def slow(self) -> frozenset[str]:
        """Ids of the instances that are slow."""
        return frozenset(self._slow)

    def kill(self, instance: str) -> Outcome:
        """Kill the process of an instance."""
        processes.kill(self._find(instance))
        return Outcome("killed", {"name": instance})

    def freeze(self, instance: str) -> Outcome:
        """Stop the process of an instance (SIGSTOP): it accepts connections and answers none."""
        self._find(instance).send_signal(signal.SIGSTOP)
        return Outcome("was_frozen", {"name": instance})

    def slow_down(self, instance: str) -> Outcome:
        """Stop an instance for most of the time, as a busy host would, for half a minute."""
        pid = self._find(instance).pid
        if instance not in self._slow:
            over = self._slow[instance] = threading.Event()
            threading.Thread(target=self._throttle, args=(instance, pid, over), daemon=True).start()
        return Outcome("was_slowed", {"name": instance, "seconds": f"{SLOW_SECONDS:g}"})

    def kill_balancer(self, zone: str) -> Outcome:
        """Kill the load balancer's node of a zone."""
        for each in processes.find(self._state_dir.home):
            if each.role == "balancer" and each.environment.get(ZONE, "") == zone:
                processes.kill(each.process)
                return Outcome("killed", {"name": f"Envoy {zone}".rstrip()})
        raise ActionError("no_process", name=zone)

    def lose_zone(self, zone: str) -> Outcome:
        """Kill all of a zone."""
        try:
            killed = lose_zone(self._state_dir, zone)
        except ZoneError as error:
            raise ActionError("impossible", reason=error) from None
        return Outcome("zone_lost", {"zone": zone, "count": killed})

    def restore_zone(self, zone: str) -> Outcome:
        """Bring a lost zone back."""
        try:
            restore_zone(self._state_dir, zone)
        except ZoneError as error:
            raise ActionError("impossible", reason=error) from None
        return Outcome("zone_back", {"zone": zone})

    def close(self) -> None:
        """Continue the slow instances."""
        for over in tuple(self._slow.values()):
            over.set()

    def _find(self, instance: str) -> psutil.Process:
        """Return the process of an instance.

        Raises:
            ActionError: It has none.
        """
        for each in processes.find(self._state_dir.home):
            if each.role == "instance" and each.environment.get(instances.INSTANCE_ID) == instance:
                return each.process
        raise ActionError("no_process", name=instance)

    def _throttle(self, instance: str, pid: int, over: threading.Event) -> None:
        with throttled(pid):
            over.wait(SLOW_SECONDS)
        del self._slow[instance]
