"""`iris local logs` on log files that a test writes, with the real command."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from scripts.local.logs import LogFolder

if TYPE_CHECKING:
    from collections.abc import Iterator

IRIS = str(Path(sys.executable).with_name("iris"))


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "envoy.log").write_text("".join(f"line {number}\n" for number in range(30)))
    (folder / "i-1.log").write_bytes(b"started\n\xff is no text\nhalf a li")
    return folder


@pytest.fixture
def following(logs: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [IRIS, "local", "logs", "--home", str(logs.parent), "--follow", "--lines", "1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [IRIS, "local", "logs", "--home", str(home), *words], capture_output=True, text=True, check=False
    )


def test_the_last_lines_of_each_log_begin_with_the_name_of_its_process(logs: Path):
    shown = run(logs.parent, "--lines", "2")
    assert shown.stdout.splitlines() == [
        "envoy  line 28",
        "envoy  line 29",
        "i-1  started",
        "i-1  \ufffd is no text",
    ]
    assert run(logs.parent, "i-1", "--lines", "1").stdout == "i-1  \ufffd is no text\n"


def test_no_line_to_begin_with_is_none(logs: Path):
    folder = LogFolder(logs)
    assert list(folder.lines(0, follow=False)) == []
    assert len(list(LogFolder(logs).lines(1_000_000, follow=False))) == 32


def test_a_log_that_is_replaced_while_it_is_read_is_shown_once_and_so_is_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    log = tmp_path / "envoy.log"
    log.write_text("old\n")
    folder = LogFolder(tmp_path)
    assert list(folder.lines(1, follow=False)) == ["envoy  old"]
    with monkeypatch.context() as patched:

        def open_and_replace(path: Path, mode: str) -> IO[bytes]:
            patched.undo()
            opened: IO[bytes] = path.open(mode)
            new = path.with_suffix(".new")
            new.write_text("anew\n")
            new.replace(path)
            return opened

        patched.setattr(Path, "open", open_and_replace)
        assert list(folder.lines(1, follow=False)) == []
    assert list(folder.lines(1, follow=False)) == ["envoy  anew"]


def test_the_log_of_localstack_is_shown_only_by_its_name(logs: Path):
    (logs / "localstack.log").write_text("a request\n")
    assert "localstack" not in run(logs.parent).stdout
    assert run(logs.parent, "localstack").stdout == "localstack  a request\n"


def test_an_unknown_name_or_no_log_at_all_is_one_line(logs: Path, tmp_path: Path):
    unknown = run(logs.parent, "i-2")
    assert (unknown.returncode, unknown.stderr) == (1, "Error: there is no log of i-2, only of envoy, i-1\n")
    none = run(tmp_path / "nowhere")
    assert none.returncode == 1
    assert none.stderr.startswith("Error: there are no logs in ")


def test_new_lines_and_new_files_are_followed_until_ctrl_c_which_is_silent(
    logs: Path, following: subprocess.Popen[str]
):
    assert following.stdout
    assert [following.stdout.readline() for _ in range(2)] == ["envoy  line 29\n", "i-1  \ufffd is no text\n"]
    with (logs / "i-1.log").open("a") as log:
        log.write("ne\n")
    assert following.stdout.readline() == "i-1  half a line\n"
    (logs / "i-2.log").write_text("new\n")
    assert following.stdout.readline() == "i-2  new\n"
    # The next start writes other files with the same names.
    (logs / "envoy.new").write_text("anew\n")
    (logs / "envoy.new").replace(logs / "envoy.log")
    assert following.stdout.readline() == "envoy  anew\n"
    following.send_signal(signal.SIGINT)
    output, errors = following.communicate(timeout=20)
    assert (following.returncode, output, errors) == (0, "", "")
