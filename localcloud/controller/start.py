"""Start of the controller: its supervisor, which starts the reconcile loop."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from localcloud import processes

if TYPE_CHECKING:
    import psutil

    from localcloud.environment import Identity
    from localcloud.state_dir import StateDir


def start_controller(state_dir: StateDir, identity: Identity) -> psutil.Process:
    """Start the controller of a cloud; return the process of its supervisor."""
    return processes.start(
        [sys.executable, "-m", "localcloud.controller.supervisor"],
        home=state_dir.home,
        role="controller",
        log=state_dir.logs / "controller.log",
        environment=identity.environment(),
    )
