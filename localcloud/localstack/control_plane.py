"""Start of LocalStack as a process of a local cloud."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from localcloud import processes
from localcloud.load_balancer.firewall.files import FirewallFiles
from localcloud.localstack import server

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import psutil

    from localcloud.aws.clients import Api
    from localcloud.environment import Identity
    from localcloud.state_dir import StateDir

READY_TIMEOUT: Final = 90.0
"""Maximum seconds until a component answers."""


LOST_ZONES: Final = "LOCAL_CLOUD_LOST_ZONES"
"""Variable with the file of the zones in which the autoscaling plugin launches no instance."""


class StartError(RuntimeError):
    """Component that exits during its start, or does not answer in time."""


def start(state_dir: StateDir, identity: Identity, survivors: Path | None = None) -> psutil.Process:
    """Start LocalStack at the identity's endpoint, which needs seconds until it answers.

    Args:
        state_dir: folder of the cloud.
        identity: addresses of the cloud.
        survivors: file with instances that new groups adopt; see `server.environment`.

    Raises:
        NotInstalledError: the virtual environment of LocalStack does not exist.
    """
    return processes.start(
        server.command(),
        home=state_dir.home,
        role="control-plane",
        log=_log(state_dir),
        environment=identity.environment()
        | server.environment(
            port=urlsplit(identity.endpoint).port or 0,
            volume=state_dir.control_plane,
            key_file=state_dir.key_file,
            target_health=state_dir.target_health,
            samples=FirewallFiles(state_dir.firewall).samples,
            survivors=survivors,
        )
        | {LOST_ZONES: str(state_dir.lost_zones)},
        # On AWS, what is restored takes no processor time from the instances.
        yields=survivors is not None,
    )


def wait_until_answers(state_dir: StateDir, api: Api, process: psutil.Process) -> None:
    """Wait until a LocalStack that has been started answers.

    Raises:
        StartError: it does not answer.
    """
    wait_until_ready(lambda: server.is_ready(api), "LocalStack", process, _log(state_dir))


def _log(state_dir: StateDir) -> Path:
    return state_dir.logs / "localstack.log"


def wait_until_ready(is_ready: Callable[[], bool], name: str, process: psutil.Process, log: Path) -> None:
    """Wait until a component answers.

    Raises:
        StartError: it has exited, or does not answer in time.
    """
    deadline = time.monotonic() + READY_TIMEOUT
    while not is_ready():
        if not processes.is_alive(process):
            raise StartError(f"{name} exited during its start; its log is {log}")
        if time.monotonic() > deadline:
            raise StartError(f"{name} is not ready after {READY_TIMEOUT:.0f} s; its log is {log}")
        time.sleep(0.1)
