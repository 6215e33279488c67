"""Archive of a service that can turn faulty, run as an instance runs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import httpx
import pytest

from localcloud import health_probe
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.processes import find_free_port
from scripts.bench.faults.faulty_archive import ENTRY, make_faulty
from scripts.packaging.pack import archive_for
from tests.suite.waiting import until

if TYPE_CHECKING:
    from pathlib import Path


def test_the_process_of_an_instance_turns_into_one_that_answers_500(tmp_path: Path):
    with zipfile.ZipFile(make_faulty(archive_for("local").path, tmp_path)) as archive:
        archive.extractall(tmp_path / "instance")
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(
        [sys.executable, "-S", "-E", "-m", "service.main"],
        cwd=tmp_path / "instance",
        env={"IRIS_HOST": "127.0.0.1", "IRIS_PORT": str(port), "PATH": os.environ["PATH"]},
    ) as started:
        try:
            until(lambda: health_probe.is_ready(url))
            started.send_signal(signal.SIGUSR1)
            until(lambda: health_probe.get_status(f"{url}/readyz") == 500)
            with httpx.Client(base_url=url, trust_env=False, verify=NO_CERTIFICATES) as client:
                paths = ("/readyz", "/api/v01/classify/1.4/0.2/5.1/3.5", "/listpredictors")
                assert [client.get(path).status_code for path in paths] == [500] * 3
            assert started.poll() is None
        finally:
            started.kill()


def test_an_archive_without_an_entry_point_is_refused(tmp_path: Path):
    archive = tmp_path / "empty.zip"
    with zipfile.ZipFile(archive, "w") as empty:
        empty.writestr(ENTRY, "")
    (tmp_path / "faulty").mkdir()
    with pytest.raises(ValueError, match="no entry point"):
        make_faulty(archive, tmp_path / "faulty")
