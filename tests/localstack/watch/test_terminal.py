"""Live console of the running cloud in a real terminal, and without one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from scripts.local.watch.terminal.sparkline import ASCII, BLOCKS
from tests.localstack.conftest import IRIS
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator

    from tests.localstack.conftest import RunningCloud

CONTROL = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")
"""Control sequences of a terminal (ECMA-48)."""

COLOUR = re.compile(rb"\x1b\[[0-9;]*3[0-9][0-9;]*m")
"""Control sequences of a colour of the text (SGR 30 to 39)."""

ENTER, LEAVE = b"\x1b[?1049h", b"\x1b[?1049l"
"""Beginning and end of the alternate screen (xterm)."""

ROWS = 30

SHOW_CURSOR = b"\x1b[?25h"


@dataclass
class TerminalSession:
    """Command in a terminal of a certain size."""

    process: subprocess.Popen[bytes]
    controller: int
    """Descriptor of the terminal's other side, where its user is."""
    received: bytes = b""
    shown_before: int = 0
    """Bytes received before the latest change of its size."""

    def read(self) -> bytes:
        """Return all that the command has written until now."""
        while select.select([self.controller], [], [], 0.05)[0]:
            try:
                chunk = os.read(self.controller, 65_536)
            except OSError:  # Linux: the command has ended
                break
            if not chunk:
                break
            self.received += chunk
        return self.received

    def resize(self, columns: int) -> None:
        """Change the size of the terminal, and forget what it has shown until then."""
        self.read()
        fcntl.ioctl(self.controller, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
        self.shown_before = len(self.received)

    def frame(self, encoding: str = "utf-8") -> list[str]:
        """Return the rows of the latest complete screen; none before the first."""
        frames = self.read()[self.shown_before :].split(b"\x1b[H")
        complete = frames[-2] if len(frames) > 2 else b""
        return CONTROL.sub(b"", complete).decode(encoding).replace("\r", "").split("\n")

    def press_ctrl_c(self) -> int:
        """Return the exit status after Ctrl-C."""
        os.write(self.controller, b"\x03")
        deadline = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
        self.read()
        return self.process.wait(1)


@contextmanager
def in_a_terminal(
    cloud: RunningCloud, columns: int, *words: str, **environment: str
) -> Generator[TerminalSession]:
    """Run `iris local watch --terminal` in a terminal."""
    controller, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    variables = {
        name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS", "LINES"}
    }
    process = subprocess.Popen(
        [IRIS, "local", "watch", "--home", str(cloud.home), "--terminal", *words],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=variables | {"TERM": "xterm-256color"} | environment,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads here
    )
    os.close(terminal)
    try:
        yield TerminalSession(process, controller)
    finally:
        process.kill()
        process.wait()
        os.close(controller)


def test_the_screen_shows_the_fleet_in_every_width_and_ctrl_c_gives_the_terminal_back(cloud: RunningCloud):
    names = [each["id"][:8] for each in cloud.settled_status()["instances"]]
    with in_a_terminal(cloud, 60) as session:
        for columns in (60, 80, 200):
            session.resize(columns)
            until(lambda: all(any(row.strip().startswith(name) for row in session.frame()) for name in names))
            rows = session.frame()
            assert len(rows) <= ROWS
            assert max(map(len, rows)) <= columns
        assert any(BLOCKS[0] in row for row in rows)
        assert ENTER in session.received
        assert COLOUR.search(session.received)
        assert session.press_ctrl_c() == 0
        assert b"Traceback" not in session.received
        assert SHOW_CURSOR in session.received
        after = session.received.rpartition(LEAVE)[2]
        assert CONTROL.sub(b"", after).strip() in {b"", b"^C"}


@pytest.mark.parametrize("encoding", ["iso-8859-1", "ascii"])
def test_an_encoding_without_blocks_gets_ascii_and_no_color_no_colour(cloud: RunningCloud, encoding: str):
    with in_a_terminal(
        cloud, 80, "--lang", "es", LC_ALL="C", PYTHONIOENCODING=encoding, NO_COLOR="1"
    ) as session:
        until(lambda: any("peticiones/s" in row for row in session.frame(encoding)))
        rows = session.frame(encoding)
        assert max(map(len, rows)) <= 80
        assert any(ASCII[0] in row for row in rows)
        assert not COLOUR.search(session.received)
        assert session.press_ctrl_c() == 0


def first_lines(cloud: RunningCloud, *words: str, last: str) -> list[str]:
    """Return the lines of the view in a pipe until one has a text; end it as Ctrl-C does."""
    command = [IRIS, "local", "watch", "--home", str(cloud.home), "--terminal", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline()]
        while last not in lines[-1]:
            lines.append(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    return lines


def test_in_a_pipe_it_prints_sentences_without_control_sequences(cloud: RunningCloud):
    lines = first_lines(cloud, last="requests/s")
    assert "2 healthy" in lines[-1]
    assert not any("\x1b" in line for line in lines)


def test_programs_get_an_object_with_all_instances_on_each_line(cloud: RunningCloud):
    expected = {each["id"]: each["health"] for each in cloud.settled_status()["instances"]}
    (line,) = first_lines(cloud, "--format", "ndjson", last="{")
    assert {each["id"]: each["state"] for each in json.loads(line)["instances"]} == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lang", "es"], "--lang needs --terminal"),
        (["--format", "ndjson"], "--format needs --terminal"),
        (["--terminal", "--port", "free"], "--port can't be joined with --terminal"),
    ],
)
def test_an_option_of_the_other_view_is_refused(cloud: RunningCloud, words: list[str], said: str):
    refused = cloud.command("watch", *words, check=False)
    assert refused.returncode == 2
    assert said in refused.stderr
