"""Local cloud of all tests here: the real program on a real LocalStack, behind the real Envoy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from localcloud.environment import Identity
from scripts.local.local import local
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from localcloud.aws.clients import Api

IRIS = str(Path(sys.executable).with_name("iris"))

SETTLED_WITHIN = 120
"""Seconds; a machine that does nothing else takes at most the deregistration delay."""


@dataclass(frozen=True)
class RunningCloud:
    """Local cloud that was started by its command."""

    home: Path

    def command(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `iris local ...` on this cloud."""
        verb, *options = words
        return subprocess.run(
            [IRIS, "local", verb, "--home", str(self.home), *options],
            capture_output=True,
            text=True,
            timeout=240,
            check=check,
        )

    def status(self) -> dict[str, Any]:
        """Return `iris local status`, run in this process because it is called often and starts slowly."""
        with warnings.catch_warnings():
            # httpcore 1.0 leaves a Unix socket that it could not connect to the garbage collector to close.
            warnings.simplefilter("ignore", ResourceWarning)
            result = CliRunner().invoke(local, ["status", "--home", str(self.home), "--format", "json"])
        assert result.stdout, result.output
        status: dict[str, Any] = json.loads(result.stdout)
        return status

    def settled_status(self) -> dict[str, Any]:
        """Return the status once all is up and no instance drains, as the test before may have left one."""

        def settled() -> dict[str, Any] | None:
            status = self.status()
            healths = [each["health"] for each in status["instances"]]
            return status if status["up"] and healths == ["healthy"] * 2 else None

        status: dict[str, Any] = until(settled, SETTLED_WITHIN)
        return status

    @property
    def url(self) -> str:
        return self.status()["url"]


@pytest.fixture(scope="package")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCloud]:
    """Start a local cloud, on the LocalStack at AWS_ENDPOINT_URL if that is set."""
    running = RunningCloud(tmp_path_factory.mktemp("cloud"))
    # Both shapes, and the shortest grace period: the tests break instances that have just started. All paths
    # except /metrics are public, which is sufficient to test that some are hidden.
    config = {"compute": "both", "healthCheckGracePeriodSeconds": "65", "publicPaths": "health,docs"}
    options = ["--port", "free", "--localstack-port", "free"]
    for key, value in config.items():
        options += ["--config", f"{key}={value}"]
    try:
        started = running.command("up", *options, check=False)
        assert started.returncode == 0, started.stderr
        yield running
    finally:
        running.command("down", check=False)


@pytest.fixture(scope="package")
def url(cloud: RunningCloud) -> str:
    return cloud.url


@pytest.fixture(scope="module")
def outputs(cloud: RunningCloud) -> dict[str, Any]:
    """Return the outputs of the Pulumi program."""
    return cloud.status()["outputs"]


@pytest.fixture(scope="package")
def api(cloud: RunningCloud) -> Api:
    return Identity(**cloud.status()["identity"]).api


@pytest.fixture(scope="package")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=10) as client:
        yield client


@pytest.fixture
def own_control_plane() -> None:
    """Skip tests that break the control plane if it is not our own."""
    if "AWS_ENDPOINT_URL" in os.environ:
        pytest.skip("AWS_ENDPOINT_URL names a LocalStack that the tests must not break")
