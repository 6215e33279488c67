"""Watch over the load balancer's processes, in a thread: no answer of the AWS API delays a replacement."""

from __future__ import annotations

import threading
import time
import traceback
from typing import TYPE_CHECKING, Final

from localcloud.load_balancer.zonal_envoy import ZonalEnvoy
from localcloud.load_balancer.zones import lost_zones, zones_of_envoys

if TYPE_CHECKING:
    from localcloud.environment import Identity
    from localcloud.event_log import EventLog
    from localcloud.state_dir import StateDir

INTERVAL: Final = 0.1
"""Seconds between two looks at each process."""


class BalancerWatch:
    """Watch over the Envoys of one cloud."""

    def __init__(self, state_dir: StateDir, identity: Identity, events: EventLog) -> None:
        """Watch over the Envoys that are configured in a cloud's folder."""
        self._state_dir = state_dir
        self._identity = identity
        self._events = events
        self._envoys: dict[str, ZonalEnvoy] = {}
        self._lost: set[str] = set()
        """Lost zones whose Envoys have been killed."""

    def start(self) -> None:
        """Watch until this process ends."""
        threading.Thread(target=self._run, name="balancer-watch", daemon=True).start()

    def heal(self) -> None:
        """Replace the Envoys that have failed, except for those of lost zones, which are killed."""
        lost = lost_zones(self._state_dir)
        for zone in zones_of_envoys(self._state_dir):
            if zone not in self._envoys:
                self._envoys[zone] = ZonalEnvoy(self._state_dir, self._identity, zone)
            envoy = self._envoys[zone]
            if zone in lost - self._lost:
                envoy.kill()
            elif zone not in lost:
                self._heal(envoy)
        self._lost = lost

    def _heal(self, envoy: ZonalEnvoy) -> None:
        name = f"load balancer in {envoy.zone}" if envoy.zone else "load balancer"
        if fault := envoy.heal():
            self._events.append(f"the {name} {fault}; it is started again")
        if refusal := envoy.take_refusal():
            self._events.append(f"the {name} {refusal}")

    def close(self) -> None:
        """Close the connections to the admin interfaces."""
        for envoy in self._envoys.values():
            envoy.close()

    def _run(self) -> None:
        while True:
            try:
                self.heal()
            except Exception:  # noqa: BLE001 - the watch must survive races with exiting processes
                traceback.print_exc()
            time.sleep(INTERVAL)
