"""Process of a function, and its communication over pipes and a socket pair.

Lambda's Runtime API would need a port per process, or a path that no client of that API uses, and an HTTP
client in every cold start. A function sees no difference. The exit of the process closes the socket, so that
no other watch is needed.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import psutil

from scalable_models_localstack.functions.invocation_result import MAXIMUM_RESPONSE_SIZE

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNTIME: Final = Path(__file__).parent / "runtime"
"""Folder with the code that runs inside the processes."""

EXIT_TIMEOUT: Final = 1.0
"""Maximum seconds until a process exits after it closed the socket."""

ENVIRONMENT_ID: Final = "LOCAL_CLOUD_EXECUTION_ENVIRONMENT"
"""Variable that identifies all descendants of a process; the only one that Lambda does not have."""

MAXIMUM_BODY: Final = MAXIMUM_RESPONSE_SIZE + 1
"""Maximum bytes of a message's body that are kept: one more than a response may have."""

MAXIMUM_DESCRIPTORS: Final = 1_024
"""Maximum open files of a function. Source: "Lambda quotas" in the developer guide."""

UMASK: Final = 0o022
"""Permissions that a function's new files lack."""

LOAD_TIMEOUT: Final = 0.25
"""Maximum seconds to wait for the environment of a young process."""

YOUNG_AGE: Final = 10.0
"""Age in seconds up to which a process may still be loading its program, or a second one."""

CHUNK: Final = 2**20
"""Bytes per read: the maximum capacity of a pipe on Linux."""


class ProcessExitError(Exception):
    """Exit of the process without a response."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the process exited with {status}")
        self.status = status
        """Exit status as in `subprocess.Popen.returncode`: negative for a signal."""


@dataclass(frozen=True)
class Message:
    """Message of the runtime: that it is ready, or the result of the last event."""

    kind: Literal["ready", "answer", "error"]
    body: bytes
    seconds: float
    """Seconds since the event, measured by the process: LocalStack may be busy when the message arrives."""


class FunctionProcess:
    """Process of a function and its descendants. One thread communicates with it; any thread can kill it."""

    def __init__(self, interpreter: Path, environment: Mapping[str, str], storage: int) -> None:
        """Start the process in its LAMBDA_TASK_ROOT.

        The interpreter is isolated and without `site`, so that it finds only the archive and its standard
        library.

        Args:
            interpreter: path of Python.
            environment: environment variables.
            storage: maximum bytes of a file.
        """
        self._channel, channel = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        self._log, log = os.pipe()
        os.set_blocking(self._log, False)
        self._printed = bytearray()
        self._environment_id = environment[ENVIRONMENT_ID]
        self._with_newline = False
        descriptors = (channel.fileno(), lifeline)
        flags = ("-I", "-S", "-B", "-u", "-X", "utf8")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - running the function's code is the purpose
                [interpreter, *flags, RUNTIME / "bootstrap.py", *map(str, descriptors)],
                cwd=environment["LAMBDA_TASK_ROOT"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=descriptors,
                start_new_session=True,
                umask=UMASK,
            )
        except OSError:
            self._channel.close()
            os.close(self._lifeline)
            os.close(self._log)
            raise
        finally:
            channel.close()
            os.close(lifeline)
            os.close(log)
        _limit(self._process.pid, storage)

    def send(self, head: Mapping[str, Any], event: bytes, deadline: float) -> None:
        """Send an event.

        Args:
            head: Lambda's metadata of the event.
            event: event as JSON.
            deadline: time on the monotonic clock.

        Raises:
            TimeoutError: the process did not receive the event in time.
            ProcessExitError: the process has exited.
        """
        line = json.dumps({**head, "size": len(event)}).encode()
        self._channel.settimeout(_seconds_until(deadline))
        try:
            self._channel.sendall(line + b"\n" + event)
        except ConnectionError as error:
            raise ProcessExitError(self._status()) from error

    def receive(self, deadline: float) -> Message:
        """Wait for the next message, and read the log meanwhile: a full pipe would block the process.

        A body that is too large is received and cut off.

        Raises:
            TimeoutError: the process did not answer in time.
            ProcessExitError: the process has exited.
        """
        with selectors.PollSelector() as waiting:
            waiting.register(self._channel, selectors.EVENT_READ)
            waiting.register(self._log, selectors.EVENT_READ)
            received, body, missing = bytearray(), 0, None
            while missing is None or missing > 0:
                ready = {key.fileobj for key, _ in waiting.select(_seconds_until(deadline))}
                if self._log in ready and not self._read_log():
                    waiting.unregister(self._log)
                if self._channel in ready:
                    chunk = self._read_channel()
                    received += chunk
                    if missing is not None:
                        missing -= len(chunk)
                    elif body := received.find(b"\n") + 1:
                        missing = body + json.loads(received[:body])["size"] - len(received)
                    if body:
                        del received[body + MAXIMUM_BODY :]
            head = json.loads(received[:body])
            return Message(head["kind"], bytes(received[body:]), head["seconds"])

    def printed(self) -> str:
        """Return the output since the last call."""
        # The output before the last message is already in the pipe, and one read is sufficient.
        self._read_log()
        text = self._printed.decode(errors="replace")
        self._printed.clear()
        return text

    def memory(self) -> int:
        """Return the resident memory of the process in bytes, without its descendants; 0 after its exit."""
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return 0

    def has_ended(self) -> bool:
        """Return whether the process has exited by itself, or is about to.

        A killed process is a zombie when its first thread has ended. As long as another thread has not, it
        can't be waited for, and still receives what is sent.
        """
        if self._process.poll() is not None:
            return True
        try:
            return psutil.Process(self._process.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:  # another thread has waited for it meanwhile
            return True

    def kill(self) -> None:
        """Kill the process and its descendants without a warning, as Lambda does."""
        if self._with_newline:
            return
        # First the process group, so that it starts no more processes. macOS forbids signals to a group of
        # zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # Then the descendants that left the group, which still have our environment.
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if _environment(process).get(ENVIRONMENT_ID) == self._environment_id:
                    process.kill()

    def end(self) -> str:
        """Kill the process, release its resources and return its last output."""
        self.kill()
        self._process.wait()
        self._with_newline = True
        printed = self.printed()
        self._channel.close()
        os.close(self._lifeline)
        os.close(self._log)
        return printed

    def _read_channel(self) -> bytes:
        try:
            chunk = self._channel.recv(CHUNK)
        except ConnectionError:
            chunk = b""
        if not chunk:
            raise ProcessExitError(self._status())
        return chunk

    def _read_log(self) -> bool:
        """Read the available output; return False at its end."""
        try:
            chunk = os.read(self._log, CHUNK)
        except BlockingIOError:
            return True
        self._printed += chunk
        return bool(chunk)

    def _status(self) -> int:
        """Return the exit status; kill a process that closed the socket without exiting."""
        try:
            return self._process.wait(EXIT_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()


def _environment(process: psutil.Process) -> Mapping[str, str]:
    """Return the environment of a process.

    While a program is being loaded (`execve`), the kernel shows its environment as empty to its own user, or
    refuses to show it, for up to a few milliseconds. This waits that long for a young process.
    """
    deadline = time.monotonic() + LOAD_TIMEOUT
    while True:
        variables: Mapping[str, str] = {}
        with contextlib.suppress(psutil.AccessDenied):
            variables = process.environ()
        if variables or time.monotonic() > deadline or not _may_be_loading(process):
            return variables
        time.sleep(0.002)


def _may_be_loading(process: psutil.Process) -> bool:
    """Return whether a process is young, owned by this user, and no kernel thread, which has no program."""
    if time.time() - process.create_time() > YOUNG_AGE or process.uids().real != os.getuid():
        return False
    try:
        return process.exe() != ""
    except psutil.AccessDenied:  # the kernel refuses to name the program while it is being loaded
        return True


def _limit(pid: int, storage: int) -> None:
    """Limit the open files of a process and their size, where the system can do that from outside."""
    if sys.platform == "linux":
        process = psutil.Process(pid)
        with contextlib.suppress(psutil.Error):
            for resource, maximum in (
                (psutil.RLIMIT_FSIZE, storage),
                (psutil.RLIMIT_NOFILE, MAXIMUM_DESCRIPTORS),
                (psutil.RLIMIT_CORE, 0),
            ):
                _, hard = process.rlimit(resource)
                allowed = maximum if hard == psutil.RLIM_INFINITY else min(maximum, hard)
                process.rlimit(resource, (allowed, allowed))


def _seconds_until(deadline: float) -> float:
    """Return the seconds until a deadline.

    Raises:
        TimeoutError: the deadline has passed.
    """
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds
