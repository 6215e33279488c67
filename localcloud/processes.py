"""Processes of the local cloud, identified by an environment variable rather than by a file of process ids.

A process belongs to a cloud if its environment names that cloud's folder. The running processes themselves
are the only source: neither a reused process id nor a file that outlived its processes can mislead.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from weakref import WeakKeyDictionary

import psutil

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

HOME: Final = "LOCAL_CLOUD_HOME"
"""Variable with the folder of the cloud that a process belongs to."""

ROLE: Final = "LOCAL_CLOUD_ROLE"
"""Variable with the role of the process in that cloud."""

Role = Literal["control-plane", "controller", "recovery", "balancer", "firewall", "instance"]

LOAD_TIMEOUT: Final = 0.25
"""Maximum seconds to wait for the environment of a young process."""

START_TIMEOUT: Final = 10.0
"""Maximum seconds to wait for the environment of a process that is started: from then on, it is found."""

YOUNG_AGE: Final = 10.0
"""Age in seconds up to which a process may still be loading its program, or a second one (`execve`)."""

KNOWN_SECONDS: Final = 60.0
"""Seconds after which the environment of a process is read again: another one may have its id by then."""

_environments: Final = WeakKeyDictionary[psutil.Process, "tuple[float, Mapping[str, str]]"]()
"""Environments of processes that are no longer young, and when they were read: a look at all processes of a
machine is repeated several times a second."""

NICENESS: Final = 5
"""Niceness of work beside requests. With it, a process gets a third of the time of another one that wants the
same processor (sched(7))."""

_INHERITED_VARIABLES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")
"""Variables that a child inherits: neither credentials nor a stray IRIS_* variable."""


@dataclass(frozen=True)
class CloudProcess:
    """Live process of the cloud."""

    role: Role | None
    """Role in the cloud; None if this version of the code does not know it."""
    process: psutil.Process
    environment: Mapping[str, str]
    """Environment that the process was started with."""


def start(
    command: Sequence[str],
    *,
    home: Path,
    role: Role,
    log: Path,
    environment: Mapping[str, str],
    folder: Path | None = None,
    yields: bool = False,
) -> psutil.Process:
    """Start a process of the cloud, in its own session so that it outlives us and ignores our Ctrl-C.

    With `yields`, it gets less processor time than those that serve requests.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    inherited = {name: os.environ[name] for name in _INHERITED_VARIABLES if name in os.environ}
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
    # Detach from it: the process that starts it may exit long before it does.
    started.returncode = 0
    process = psutil.Process(started.pid)
    if yields:
        _lower_priority(process)
    # Mostly at the first look; on a busy machine, its program may be loading for longer than `find` waits.
    _wait_for_environment(process, START_TIMEOUT)
    return process


def _lower_priority(process: psutil.Process) -> None:
    """Set the niceness of a process, and of its session where Linux shares time between those (autogroup)."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.nice(NICENESS)
    with contextlib.suppress(OSError):  # not on macOS
        Path(f"/proc/{process.pid}/autogroup").write_text(str(NICENESS), encoding="ascii")


def is_alive(process: psutil.Process) -> bool:
    """Return whether this very process is still running; a zombie is not.

    A killed process is called a zombie when its first thread has ended. As long as another thread
    has not, the kernel still accepts connections on its ports, and resets them in the end.
    """
    try:
        is_zombie = process.status() == psutil.STATUS_ZOMBIE
        return process.is_running() and (not is_zombie or process.num_threads() > 1)
    except psutil.NoSuchProcess:
        return False


def is_stopped(process: psutil.Process) -> bool:
    """Return whether a process is stopped, as by SIGSTOP."""
    try:
        return process.status() in {psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP}
    except psutil.NoSuchProcess:
        return False


def find(home: Path) -> list[CloudProcess]:
    """Return all live processes of the cloud in `home`, oldest first."""
    found: list[CloudProcess] = []
    for process in psutil.process_iter():
        variables = environment(process)
        if variables.get(HOME) == str(home) and is_alive(process):
            found.append(CloudProcess(_parse_role(variables.get(ROLE)), process, variables))
    return sorted(found, key=lambda cloud_process: cloud_process.process.create_time())


def environment(process: psutil.Process) -> Mapping[str, str]:
    """Return the environment of a process; empty if the process has exited or belongs to another user.

    While a program is being loaded (`execve`), the kernel shows its environment as empty to its own user, or
    refuses to show it, for up to a few milliseconds. This waits that long for a young process.
    """
    read_at, known = _environments.get(process, (float("-inf"), {}))
    if time.monotonic() - read_at < KNOWN_SECONDS:
        return known
    if known and not process.is_running():  # after which psutil looks at the one that has its id now
        return {}
    variables = _wait_for_environment(process, LOAD_TIMEOUT)
    if variables and not _is_young(process):  # an empty one may be that of a program that is being loaded
        _environments[process] = (time.monotonic(), variables)
    return variables


def _wait_for_environment(process: psutil.Process, seconds: float) -> Mapping[str, str]:
    """Return the environment of a process as soon as its program is loaded; empty if that takes longer."""
    deadline = time.monotonic() + seconds
    while not (variables := _environment_now(process)) and _may_be_loading(process):
        if time.monotonic() > deadline:
            break
        time.sleep(0.002)
    return variables


def _environment_now(process: psutil.Process) -> Mapping[str, str]:
    try:
        return process.environ()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return {}


def _is_young(process: psutil.Process) -> bool:
    """Return whether a process may still be loading a program; also if it has exited."""
    try:
        return time.time() - process.create_time() <= YOUNG_AGE
    except psutil.NoSuchProcess:
        return True


def _may_be_loading(process: psutil.Process) -> bool:
    """Return whether a process is alive, young, owned by this user, and not a kernel thread."""
    try:
        if not _is_young(process) or process.uids().real != os.getuid():
            return False
        return is_alive(process) and process.exe() != ""
    except psutil.AccessDenied:  # the kernel refuses to name the executable while it is loading
        return True
    except psutil.NoSuchProcess:
        return False


def descendants(cloud_processes: Iterable[CloudProcess], role: Role) -> list[psutil.Process]:
    """Return all descendants of the processes with a role."""
    parents = [
        cloud_process.process
        for cloud_process in cloud_processes
        if cloud_process.role == role and is_alive(cloud_process.process)
    ]
    return [child for parent in parents for child in parent.children(recursive=True)]


def _parse_role(role: str | None) -> Role | None:
    match role:
        case "control-plane" | "controller" | "recovery" | "balancer" | "firewall" | "instance":
            return role
        case _:
            return None


def stop(processes: Iterable[psutil.Process], *, grace: float = 5) -> None:
    """Terminate processes, and kill them after `grace` seconds. Return when none is alive."""
    remaining = list(processes)
    for process in remaining:
        terminate(process)
    for process in _wait_for_exit(remaining, grace):
        kill(process)
    _wait_for_exit(remaining, grace)


def _wait_for_exit(processes: Sequence[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait until the processes have exited, at most that long; return the ones that are still alive.

    `psutil.wait_procs` would also wait for their parents to reap them.
    """
    deadline = time.monotonic() + seconds
    while (living := [process for process in processes if is_alive(process)]) and time.monotonic() < deadline:
        time.sleep(0.01)
    return living


def terminate(process: psutil.Process) -> None:
    """Send SIGTERM; ignore a process that has already exited."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.terminate()


def kill(process: psutil.Process) -> None:
    """Send SIGKILL; ignore a process that has already exited."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.kill()


def find_free_port() -> int:
    """Return a loopback TCP port that is currently free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def reserved(ports: Iterable[int]) -> Generator[None]:
    """Keep these ports from other programs, while those start that are to listen on them.

    The kernel gives them to no other one. On Linux, a program may listen on a port to which another socket is
    bound without listening; macOS would refuse that.
    """
    with contextlib.ExitStack() as stack:
        for port in ports if sys.platform == "linux" else ():
            holder = stack.enter_context(socket.socket())
            for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
                holder.setsockopt(socket.SOL_SOCKET, option, 1)
            with contextlib.suppress(OSError):  # the program that is to listen says so as well
                holder.bind(("127.0.0.1", port))
        yield


def is_port_in_use(port: int) -> bool:
    """Return whether a loopback TCP port is in use."""
    with socket.socket() as client:
        # Some systems allow binding one address while another socket listens on all of them.
        if client.connect_ex(("127.0.0.1", port)) == 0:
            return True
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False
