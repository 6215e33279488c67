"""One process that runs a function, and the conversation with it.

Pipes and a socket pair rather than Lambda's Runtime API: that would be another port for each process, or a
path that no client of the API knows, and an HTTP client in every cold start. What a function can see of it is
the same. The end of the process ends the conversation too, so that nobody has to watch for it.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import psutil

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNTIME: Final = Path(__file__).parent / "runtime"
"""Holds what runs inside the processes."""

ENDS_WITHIN: Final = 1.0
"""Seconds that a process has to end after it has left the conversation."""

MARK: Final = "LOCAL_CLOUD_EXECUTION_ENVIRONMENT"
"""The one variable that Lambda doesn't know: tells whose a process is, wherever it has gone."""

CHUNK: Final = 2**20
"""Bytes that are read at once: as many as Linux lets any pipe hold."""


class LeftError(Exception):
    """The process ended without an answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"the process ended with {status}")
        self.status = status
        """As `subprocess.Popen.returncode` has it: negative for a signal."""


@dataclass(frozen=True)
class Message:
    """What the runtime says: that it is ready, or what came of the last event."""

    kind: Literal["ready", "answer", "error"]
    body: bytes
    seconds: float
    """From the event, by the process's own clock: LocalStack may be busy when the message arrives."""


class FunctionProcess:
    """A process of a function, with whatever it starts. One thread talks with it, any may kill it."""

    def __init__(self, interpreter: Path, environment: Mapping[str, str]) -> None:
        """Start it in its LAMBDA_TASK_ROOT.

        Isolated and without site, the interpreter sees the archive and its standard library only.
        """
        self._channel, channel = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        self._log, log = os.pipe()
        os.set_blocking(self._log, False)
        self._printed = bytearray()
        self._mark = environment[MARK]
        self._closed = False
        given = (channel.fileno(), lifeline)
        flags = ("-I", "-S", "-B", "-u", "-X", "utf8")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the archive is what we are here to run
                [interpreter, *flags, RUNTIME / "bootstrap.py", *map(str, given)],
                cwd=environment["LAMBDA_TASK_ROOT"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=given,
                start_new_session=True,
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

    def send(self, head: Mapping[str, Any], event: bytes, deadline: float) -> None:
        """Give it an event.

        Args:
            head: what Lambda says about the event.
            event: as JSON.
            deadline: on the monotonic clock.

        Raises:
            TimeoutError: it didn't take the event in time.
            LeftError: it has ended.
        """
        line = json.dumps({**head, "size": len(event)}).encode()
        self._channel.settimeout(_left(deadline))
        try:
            self._channel.sendall(line + b"\n" + event)
        except ConnectionError as error:
            raise LeftError(self._status()) from error

    def receive(self, deadline: float) -> Message:
        """Wait for its next message, and read its log meanwhile: it stands still while that is full.

        Raises:
            TimeoutError: it didn't answer in time.
            LeftError: it has ended.
        """
        with selectors.PollSelector() as waiting:
            waiting.register(self._channel, selectors.EVENT_READ)
            waiting.register(self._log, selectors.EVENT_READ)
            received, body, end = bytearray(), 0, None
            while end is None or len(received) < end:
                ready = {key.fileobj for key, _ in waiting.select(_left(deadline))}
                if self._log in ready and not self._read_log():
                    waiting.unregister(self._log)
                if self._channel in ready:
                    received += self._read_channel()
                    if end is None and (body := received.find(b"\n") + 1):
                        end = body + json.loads(received[:body])["size"]
            head = json.loads(received[:body])
            return Message(head["kind"], bytes(received[body:]), head["seconds"])

    def printed(self) -> str:
        """Return what it has printed since the last time."""
        # All that it printed before its last message is in the pipe by now, and one read takes it.
        self._read_log()
        text = self._printed.decode(errors="replace")
        self._printed.clear()
        return text

    def memory(self) -> int:
        """Return how many bytes it occupies now; what it has started is not counted, nor what has ended."""
        try:
            return psutil.Process(self._process.pid).memory_info().rss
        except psutil.NoSuchProcess:
            return 0

    def has_ended(self) -> bool:
        """Tell whether it ended by itself, while nobody talked with it."""
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it, and all that it has started, at once: Lambda gives a runtime no warning either."""
        if self._closed:
            return
        # The group first, so that it starts nothing more. macOS permits no signal to a group of zombies.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        # Then those that have left the group; wherever they are, they have our environment.
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get(MARK) == self._mark:
                    process.kill()

    def end(self) -> str:
        """Kill it, and return what it has printed last. It is of no use any more."""
        self.kill()
        self._process.wait()
        self._closed = True
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
            raise LeftError(self._status())
        return chunk

    def _read_log(self) -> bool:
        """Read what there is; False if there will never be more."""
        try:
            chunk = os.read(self._log, CHUNK)
        except BlockingIOError:
            return True
        self._printed += chunk
        return bool(chunk)

    def _status(self) -> int:
        """Return how it has ended; whoever only leaves the conversation is ended."""
        try:
            return self._process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.wait()


def _left(deadline: float) -> float:
    """Return the seconds until a deadline.

    Raises:
        TimeoutError: there are none.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
