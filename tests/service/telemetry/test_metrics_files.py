"""Files of the workers' metrics: no write to them fails, and without room for them the service serves on."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from prometheus_client.mmap_dict import MmapedDict

from service.telemetry import metrics_files
from service.telemetry.metrics_files import FILE_BYTES
from tests.listening import wait_until_listening
from tests.service.conftest import NO_TLS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[3]
CLASSIFY = "/api/v01/classify/1.4/0.2/5.1/3.5"

LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), int(sys.argv[1])))
os.execv(sys.executable, [sys.executable, "-m", "service.main"])
"""
"""Program that starts the service with a limit to the size of files: its writes fail as on a full disk."""


def blocks(path: Path) -> int:
    return path.stat().st_blocks * 512  # POSIX's unit of st_blocks on Linux and macOS


def test_every_byte_of_a_file_has_room_on_the_disk(tmp_path: Path):
    metrics_files.allocate(str(tmp_path), 7)
    assert {path.name: path.stat().st_size for path in tmp_path.iterdir()} == {
        f"{kind}_7.db": size for kind, size in FILE_BYTES.items()
    }
    assert all(blocks(path) >= path.stat().st_size for path in tmp_path.iterdir())


def test_the_counters_of_a_dead_worker_take_only_the_room_that_they_use(tmp_path: Path):
    metrics_files.allocate(str(tmp_path), 7)
    path = tmp_path / "counter_7.db"
    # The library comes without types.
    mapped_dict = cast("Any", MmapedDict)
    counters = mapped_dict(str(path))
    counters.write_value("one", 3.0, 0.0)
    counters.close()
    metrics_files.shrink(str(tmp_path), 7)
    assert path.stat().st_size < 100
    assert [value for _, value, _, _ in mapped_dict.read_all_values_from_file(str(path))] == [3.0]


def test_without_room_there_is_no_file_and_an_error(tmp_path: Path):
    folder = tmp_path / "missing"
    with pytest.raises(OSError, match="missing"):
        metrics_files.allocate(str(folder), 7)
    metrics_files.shrink(str(folder), 7)  # there is nothing to return


def test_a_worker_with_room_for_some_of_its_files_has_none(tmp_path: Path):
    (tmp_path / "gauge_livemax_7.new").mkdir()  # stands in the way of the last one
    with pytest.raises(IsADirectoryError):
        metrics_files.allocate(str(tmp_path), 7)
    assert [path.name for path in tmp_path.iterdir()] == ["gauge_livemax_7.new"]


@pytest.fixture
def without_room(environment: dict[str, str], tmp_path: Path) -> Iterator[tuple[str, Path]]:
    log = tmp_path / "log"
    variables = {"IRIS_WORKERS": "2", "IRIS_GRACE_SECONDS": "0", "TMPDIR": str(tmp_path)}
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", LIMITED, str(FILE_BYTES["counter"] // 4)],
            cwd=ROOT,
            env=environment | variables,
            stderr=stderr,
        )
    yield wait_until_listening(process, log), log
    process.terminate()
    assert process.wait(timeout=30) == 0


def test_workers_without_room_for_their_metrics_serve_on_and_say_it_once(without_room: tuple[str, Path]):
    url, log = without_room
    with httpx.Client(base_url=url, trust_env=False, timeout=20, verify=NO_TLS) as client:
        for _ in range(3):  # over some of the updates that are made once a second
            assert client.get(CLASSIFY).status_code == 200
            assert client.get("/nowhere").status_code == 404
            assert "http_requests_in_flight" in client.get("/metrics").text
            time.sleep(0.6)
    text = log.read_text()
    assert "died" not in text
    assert 1 <= text.count("each worker shows only its own metrics") <= 2  # once for each worker


def test_a_service_without_a_temporary_folder_serves_on(environment: dict[str, str], tmp_path: Path):
    log = tmp_path / "log"
    nowhere = "import tempfile; tempfile.tempdir = '/nowhere'; from service.main import main; main()"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", f"if __name__ == '__main__':\n {nowhere}"],
            cwd=ROOT,
            env=environment | {"IRIS_WORKERS": "2", "IRIS_GRACE_SECONDS": "0"},
            stderr=stderr,
        )
    try:
        url = wait_until_listening(process, log)
        assert httpx.get(url + "/metrics", trust_env=False, timeout=30, verify=NO_TLS).status_code == 200
    finally:
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert log.read_text().count("no temporary folder") == 1
    assert "Traceback" not in log.read_text()
