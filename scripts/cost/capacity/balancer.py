"""Load balancer in front of the service that is measured: Envoy, set to what an ALB does by default."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.error import URLError
from urllib.request import urlopen

from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
)
from localcloud.processes import find_free_port
from scripts.console.child_process import child_process
from scripts.cost.capacity.vcpu_throughput import CapacityError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

READY_PATH: Final = "/readyz"

START_SECONDS: Final = 20.0
"""Timeout of Envoy's start, in seconds."""

ATTRIBUTES: Final[Mapping[str, str]] = MappingProxyType(
    {"idle_timeout.timeout_seconds": "60", "routing.http.xff_header_processing.mode": "append"}
)
"""Default attributes of an ALB (ELB API reference, "LoadBalancerAttribute")."""

TARGET_GROUP: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "HealthCheckPath": READY_PATH,
        "HealthCheckIntervalSeconds": 30,
        "HealthCheckTimeoutSeconds": 5,
        "HealthyThresholdCount": 5,
        "UnhealthyThresholdCount": 2,
        "Matcher": {"HttpCode": "200"},
    }
)
"""Default health check of an ALB (ELB user guide, "Health checks for your target groups")."""


@contextmanager
def start_balancer(service_port: int) -> Generator[int]:
    """Start Envoy in front of a service on this machine; yield its port, and stop it at the end.

    Raises:
        CapacityError: Envoy does not forward requests in time.
    """
    port = find_free_port()
    # Not the folder for temporary files of a Mac, whose path is too long for a socket.
    with TemporaryDirectory(prefix="iris-", dir="/tmp") as folder:
        files = EnvoyFiles(Path(folder))
        contents = configuration_files(
            files, port, ATTRIBUTES, TARGET_GROUP, {"load_balancing.algorithm.type": "round_robin"}
        )
        for file, content in contents.items():
            file.write_text(json.dumps(content), encoding="utf-8")
        files.endpoints.write_text(json.dumps(endpoint_config([EnvoyTarget("i-0", service_port)])))
        with child_process(
            lambda: subprocess.Popen(  # noqa: S603 (our own command)
                command(files), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        ) as started:
            _wait_for(started, port)
            yield port


def _wait_for(started: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and started.poll() is None:
        try:
            with urlopen(f"http://127.0.0.1:{port}{READY_PATH}", timeout=1):
                return
        except (URLError, OSError):
            time.sleep(0.05)
    raise CapacityError(f"The load balancer did not forward a request within {START_SECONDS:g} s.")
