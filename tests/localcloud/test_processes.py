from __future__ import annotations

import os
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from localcloud import processes
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "from signal import *; signal(SIGTERM, SIG_IGN); print(1, flush=True); import time; time.sleep(60)",
]


def start(home: Path, command: list[str], **environment: str) -> psutil.Process:
    return processes.start(
        command, home=home, role="instance", log=home / "logs" / "it.log", environment=environment
    )


THREADED_SERVER = """
import threading, time, socket
server = socket.create_server(("127.0.0.1", 0))
memory = bytearray(200 << 20)  # what the end of the process takes a while to give back
for _ in range(30):
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
print(server.getsockname()[1], flush=True)
time.sleep(60)
"""

SECOND_THREAD_SERVER = """
import ctypes, socket, threading, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
ctypes.CDLL(None).pthread_exit(None)
"""


NOBODY = 65534
"""User id of Linux's unprivileged user."""


def as_ordinary_user(task: Callable[[], int]) -> int:
    """Run a task in a process that is not root's, and return its result, a small number.

    It forks without `execve`, because the interpreter may be readable only for root.
    """
    child = os.fork()
    if child == 0:
        status = 255
        try:
            if os.getuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            status = min(task(), 254)
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def ordinary_home() -> Iterator[Path]:
    """Yield a folder that an ordinary user can write; pytest's own are accessible only to their owner."""
    with tempfile.TemporaryDirectory(prefix="local-cloud-") as folder:
        if os.getuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield Path(folder).resolve()


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    processes.stop([cloud_process.process for cloud_process in processes.find(tmp_path)], grace=0.1)


def test_a_process_that_yields_gives_way_to_those_that_serve(home: Path):
    serving = start(home, SLEEP)
    log = home / "logs" / "it.log"
    yielding = processes.start(SLEEP, home=home, role="control-plane", log=log, environment={}, yields=True)
    assert (serving.nice(), yielding.nice()) == (os.getpriority(os.PRIO_PROCESS, 0), processes.NICENESS)
    of_session = Path(f"/proc/{yielding.pid}/autogroup")
    if of_session.exists():
        assert of_session.read_text().split()[-1] == str(processes.NICENESS)


def test_a_process_is_found_only_by_the_folder_of_its_cloud(
    home: Path, tmp_path_factory: pytest.TempPathFactory
):
    started = start(home, SLEEP)
    assert [cloud_process.process for cloud_process in processes.find(home)] == [started]
    assert processes.find(tmp_path_factory.mktemp("another")) == []


def test_a_process_that_an_ordinary_user_just_started_is_found_immediately(ordinary_home: Path):
    def started_and_not_found() -> int:
        missed = 0
        for _ in range(60):
            started = start(ordinary_home, ["/bin/sleep", "60"])
            missed += started not in [
                cloud_process.process for cloud_process in processes.find(ordinary_home)
            ]
            started.kill()
        return missed

    assert as_ordinary_user(started_and_not_found) == 0


def test_the_environment_of_a_process_that_is_not_young_is_read_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    started = start(home, SLEEP)
    until(lambda: processes.find(home))
    monkeypatch.setattr(processes, "YOUNG_AGE", 0.0)
    assert len(processes.find(home)) == 1
    read: list[psutil.Process] = []

    def record(process: psutil.Process) -> dict[str, str]:
        read.append(process)
        return {}

    monkeypatch.setattr(psutil.Process, "environ", record)
    assert [found.process for found in processes.find(home)] == [started]
    assert started not in read
    monkeypatch.setattr(processes, "KNOWN_SECONDS", 0.0)
    assert processes.find(home) == []
    assert started in read
    started.kill()
    until(lambda: not processes.is_alive(started))


def test_a_process_that_loads_another_program_later_is_found_again(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    started = start(home, SLEEP)
    monkeypatch.setattr(processes, "YOUNG_AGE", 0.0)

    def nothing(_: psutil.Process) -> dict[str, str]:
        return {}

    with monkeypatch.context() as loading:
        loading.setattr(psutil.Process, "environ", nothing)
        assert processes.find(home) == []
    assert [found.process for found in processes.find(home)] == [started]


def test_a_process_whose_program_is_loaded_for_long_is_found_as_soon_as_it_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(processes, "LOAD_TIMEOUT", 0.0)
    looks = Counter[psutil.Process]()
    environ = psutil.Process.environ

    def empty_at_first(process: psutil.Process) -> dict[str, str]:
        looks[process] += 1
        return environ(process) if looks[process] > 9 else {}

    monkeypatch.setattr(psutil.Process, "environ", empty_at_first)
    started = start(home, SLEEP)
    assert [found.process for found in processes.find(home)] == [started]


def test_a_process_has_its_role_and_its_environment(home: Path):
    start(home, SLEEP, IRIS_PORT="1234")
    (cloud_process,) = processes.find(home)
    assert cloud_process.role == "instance"
    assert cloud_process.environment["IRIS_PORT"] == "1234"


def test_a_process_inherits_neither_our_secrets_nor_settings_of_other_programs(
    home: Path, monkeypatch: pytest.MonkeyPatch
):
    foreign = ("AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "IRIS_PORT", "HTTP_PROXY", "PYTHONPATH")
    for name in foreign:
        monkeypatch.setenv(name, "ours")
    kept = {
        "HOME": "/h",
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TMPDIR": str(home),
        "SSL_CERT_FILE": "/c.pem",
    }
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    start(home, SLEEP)
    (cloud_process,) = processes.find(home)
    assert not cloud_process.environment.keys() & {*foreign}
    assert kept.items() <= cloud_process.environment.items()
    assert cloud_process.environment["PATH"] == os.environ["PATH"]


def test_a_process_gets_no_signal_of_our_terminal(home: Path):
    started = start(home, SLEEP)
    # Ctrl-C and the end of a terminal reach the processes of its session (setsid(2)).
    assert os.getsid(started.pid) == started.pid != os.getsid(0)


def test_the_oldest_process_is_found_first(home: Path):
    first = start(home, SLEEP)
    until(lambda: time.time() > first.create_time() + 0.02)  # the resolution of that time is 10 ms
    second = start(home, SLEEP)
    assert [found.process for found in processes.find(home)] == [first, second]


def test_a_process_does_not_take_what_is_typed_into_the_terminal(home: Path):
    read, typed = os.pipe()
    own = os.dup(0)
    os.dup2(read, 0)
    try:
        start(home, [sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"])
        # With what is typed it would wait for its end.
        until(lambda: (home / "logs" / "it.log").read_text() == "''\n")
    finally:
        os.dup2(own, 0)
        for each in (read, typed, own):
            os.close(each)


def test_a_process_that_exited_is_not_found_even_before_it_is_reaped(home: Path):
    started = start(home, SLEEP)
    started.kill()
    deadline = time.monotonic() + 5
    while processes.find(home) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert processes.find(home) == []
    assert not processes.is_alive(started)


def test_a_killed_server_is_alive_until_the_last_of_its_threads_has_ended_and_its_port_is_closed(home: Path):
    for attempt in range(5):
        folder = home / str(attempt)
        started = start(folder, [sys.executable, "-c", THREADED_SERVER])
        log = folder / "logs" / "it.log"
        until(lambda log=log: log.read_text().endswith("\n"))
        started.kill()
        while processes.is_alive(started):
            pass
        assert not processes.is_port_in_use(int(log.read_text()))


def test_a_process_has_time_to_end_by_itself(home: Path):
    ended = home / "ended"
    program = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n"
        "    time.sleep(0.3)\n"
        f"    pathlib.Path({str(ended)!r}).touch()\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print(1, flush=True)\n"
        "time.sleep(60)\n"
    )
    started = start(home, [sys.executable, "-c", program])
    until((home / "logs" / "it.log").read_text)
    processes.stop([started])
    assert ended.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux calls it a zombie")
def test_a_process_whose_first_thread_has_ended_is_alive_while_another_one_serves(home: Path):
    started = start(home, [sys.executable, "-c", SECOND_THREAD_SERVER])
    log = home / "logs" / "it.log"
    until(lambda: started.status() == psutil.STATUS_ZOMBIE)
    assert processes.is_alive(started)
    assert processes.is_port_in_use(int(log.read_text()))
    started.kill()
    until(lambda: not processes.is_alive(started))


def test_a_process_that_ignores_sigterm_is_killed(home: Path):
    started = start(home, STUBBORN)
    log = home / "logs" / "it.log"
    while not log.read_text():
        time.sleep(0.01)
    processes.stop([started], grace=0.2)
    assert not processes.is_alive(started)


def test_the_descendants_of_a_role_are_found_with_any_environment(home: Path):
    parent = f"import subprocess, time; subprocess.Popen({SLEEP!r}, env={{}}); time.sleep(60)"
    start(home, [sys.executable, "-c", parent])
    deadline = time.monotonic() + 5
    found: list[psutil.Process] = []
    while not found and time.monotonic() < deadline:
        found = processes.descendants(processes.find(home), "instance")
    assert len(found) == 1
    processes.stop(found)


def test_a_port_is_in_use_while_a_server_listens():
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert processes.is_port_in_use(server.getsockname()[1])
    assert not processes.is_port_in_use(processes.find_free_port())


@pytest.mark.skipif(sys.platform != "linux", reason="macOS would let no server listen on it")
def test_a_reserved_port_is_given_to_no_other_program_and_a_server_can_listen_on_it():
    port = processes.find_free_port()
    with processes.reserved([port]):
        # Binding without SO_REUSEADDR meets what the kernel avoids when it chooses a port (ip(7)).
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))
        assert not processes.is_port_in_use(port)
        for shares in (False, True):  # LocalStack, and the load balancers of two zones
            with socket.create_server(("127.0.0.1", port), reuse_port=shares) as server:
                socket.create_connection(server.getsockname()).close()


def test_stopping_a_process_that_exited_is_no_error(home: Path):
    started = start(home, SLEEP)
    processes.stop([started])
    processes.terminate(started)
    processes.kill(started)
    assert started.pid != os.getpid()
