"""Archive of a service that can turn faulty, run as an instance runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx
import pytest

from localcloud import health_probe
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.processes import find_free_port, is_port_in_use
from scripts.bench.faults.faulty_archive import ENTRY, make_faulty
from scripts.packaging.pack import archive_for
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


@contextmanager
def started_in(folder: Path) -> Generator[tuple[subprocess.Popen[bytes], str]]:
    """Start the service of an archive at a free port, which it keeps; yield its process and its URL.

    Another process may take the port before it: it ends, and is started at another one.
    """
    while True:
        port = find_free_port()
        url = f"http://127.0.0.1:{port}"
        with subprocess.Popen(
            [sys.executable, "-S", "-E", "-m", "service.main"],
            cwd=folder,
            env={"IRIS_HOST": "127.0.0.1", "IRIS_PORT": str(port), "PATH": os.environ["PATH"]},
        ) as started:
            try:
                until(
                    lambda url=url, started=started: health_probe.is_ready(url) or started.poll() is not None
                )
                if started.poll() is None or not is_port_in_use(port):
                    yield started, url
                    return
            finally:
                started.kill()


def test_the_process_of_an_instance_turns_into_one_that_answers_500(tmp_path: Path):
    with zipfile.ZipFile(make_faulty(archive_for("local").path, tmp_path)) as archive:
        archive.extractall(tmp_path / "instance")
    with started_in(tmp_path / "instance") as (started, url):
        assert started.poll() is None
        started.send_signal(signal.SIGUSR1)
        until(lambda: health_probe.get_status(f"{url}/readyz") == 500)
        with httpx.Client(base_url=url, trust_env=False, verify=NO_CERTIFICATES) as client:
            paths = ("/readyz", "/api/v01/classify/1.4/0.2/5.1/3.5", "/listpredictors")
            assert [client.get(path).status_code for path in paths] == [500] * 3
        assert started.poll() is None


def test_an_archive_without_an_entry_point_is_refused(tmp_path: Path):
    archive = tmp_path / "empty.zip"
    with zipfile.ZipFile(archive, "w") as empty:
        empty.writestr(ENTRY, "")
    (tmp_path / "faulty").mkdir()
    with pytest.raises(ValueError, match="no entry point"):
        make_faulty(archive, tmp_path / "faulty")
