"""The local cloud's processes, known by a mark in their environment rather than by a file of pids.

A process belongs to a cloud if its environment names that cloud's folder. So the truth about what runs is
asked of the processes themselves: neither a pid that was given to somebody else since, nor a file that
outlived its processes, can mislead.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

HOME: Final = "LOCAL_CLOUD_HOME"
"""Names the folder of the cloud that a process belongs to."""

ROLE: Final = "LOCAL_CLOUD_ROLE"
"""Says what the process plays there."""

Role = Literal["control-plane", "controller", "balancer", "instance"]

LOADED_WITHIN: Final = 0.25
"""Seconds that a young process gets to show its environment."""

YOUNG: Final = 10.0
"""Age in seconds up to which a process may be loading its program, or a second one in place of it."""

_INHERITED: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
"""What a child keeps of our own environment: neither credentials nor a stray IRIS_* variable."""


@dataclass(frozen=True)
class Member:
    """A live process of the cloud."""

    role: Role
    process: psutil.Process
    environment: Mapping[str, str]
    """As the process itself was given it."""


def start(
    command: Sequence[str],
    *,
    home: Path,
    role: Role,
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
) -> psutil.Process:
    """Start a process of the cloud. It outlives us, in a session of its own so that Ctrl-C spares it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    with log.open("ab") as output:
        started = subprocess.Popen(  # noqa: S603 - the commands are the cloud's own
            command,
            cwd=folder,
            env={**inherited, **environment, HOME: str(home), ROLE: role},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # From here on it is like any other process: whoever starts it may end long before it does.
    started.returncode = 0
    return psutil.Process(started.pid)


def is_alive(process: psutil.Process) -> bool:
    """Tell whether the very process still runs; one that only waits to be reaped does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def members(home: Path) -> list[Member]:
    """All live processes that belong to the cloud in `home`, oldest first."""
    found: list[Member] = []
    for process in psutil.process_iter():
        given = environment(process)
        if given.get(HOME) == str(home) and is_alive(process):
            found.append(Member(_role(given), process, given))
    return sorted(found, key=lambda member: member.process.create_time())


def environment(process: psutil.Process) -> Mapping[str, str]:
    """Return the environment that a process was given; nothing if it is gone or another user's.

    While a program is being loaded (`execve`), the kernel shows its environment as empty to its own user, or
    refuses to show it, for up to a few milliseconds: a young process gets that time.
    """
    deadline = time.monotonic() + LOADED_WITHIN
    while not (given := _environment_now(process)) and _may_be_loading(process):
        if time.monotonic() > deadline:
            break
        time.sleep(0.001)
    return given


def _environment_now(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return {}


def _may_be_loading(process: psutil.Process) -> bool:
    """Tell whether a process is alive, young, this user's, and no thread of the kernel's."""
    try:
        if time.time() - process.create_time() > YOUNG or process.uids().real != os.getuid():
            return False
        return is_alive(process) and process.exe() != ""
    except psutil.AccessDenied:  # of its program, which the kernel refuses to name for as long
        return True
    except psutil.NoSuchProcess:
        return False


def children(found: Iterable[Member], role: Role) -> list[psutil.Process]:
    """Return all processes that those of a role have started, and what these started in turn."""
    parents = [member.process for member in found if member.role == role and is_alive(member.process)]
    return [child for parent in parents for child in parent.children(recursive=True)]


def _role(given: Mapping[str, str]) -> Role:
    role = given.get(ROLE)
    match role:
        case "control-plane" | "controller" | "balancer" | "instance":
            return role
        case _:
            msg = f"a process of the local cloud has the unknown role {role!r}"
            raise ValueError(msg)


def stop(processes: Iterable[psutil.Process], *, grace: float = 5) -> None:
    """Ask processes to end, and after `grace` seconds make them. Returns when none is alive."""
    asked = list(processes)
    for process in asked:
        ask_to_end(process)
    for process in _outliving(asked, grace):
        end(process)
    _outliving(asked, grace)


def _outliving(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until none is alive, but no longer than that; return those that still are.

    psutil's own wait would also wait for their parents to reap them, which is none of our business.
    """
    deadline = time.monotonic() + seconds
    while (living := [process for process in processes if is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return living


def ask_to_end(process: psutil.Process) -> None:
    """Send SIGTERM; a process that is gone already is no error."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()


def end(process: psutil.Process) -> None:
    """Send SIGKILL; a process that is gone already is no error."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def free_port() -> int:
    """Return a loopback TCP port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on a loopback TCP port."""
    with socket.socket() as caller:
        # Some systems let one bind an address while another listens on all of them.
        if caller.connect_ex(("127.0.0.1", port)) == 0:
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
