"""LocalStack's process: its command line, its environment variables and its health check."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from localcloud.aws.signing import signed_headers
from localcloud.health_probe import NO_CERTIFICATES
from localcloud.localstack.time_factor import TIME_FACTOR

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

ENVIRONMENT: Final = Path(__file__).parents[2] / ".venv-localstack"
"""Virtual environment of LocalStack and our plugins; LocalStack pins older libraries than the project."""

HEALTH_TIMEOUT: Final = 2.0
"""Maximum seconds to wait for the answer of a health check."""


class NotInstalledError(RuntimeError):
    """Missing virtual environment of LocalStack; the message says how to create it."""


def command() -> list[str]:
    """Return the command that runs LocalStack until it gets SIGTERM.

    Raises:
        NotInstalledError: its virtual environment does not exist.
    """
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        raise NotInstalledError(f"LocalStack is not installed in {ENVIRONMENT}; run `make install`")
    return [str(python), "-m", "scalable_models_localstack"]


def environment(
    port: int,
    volume: Path,
    key_file: Path,
    target_health: Path | None = None,
    samples: Path | None = None,
    python: Path | None = None,
    survivors: Path | None = None,
    time_factor: float = TIME_FACTOR,
) -> dict[str, str]:
    """Return all environment variables that LocalStack needs; it should inherit no others.

    Args:
        port: TCP port on 127.0.0.1 to listen on.
        volume: folder for all files that it writes; created if missing, useless after LocalStack exits.
        key_file: file with the access key that signs requests. Only requests to a deployed stage of a REST
            API need no signature.
        target_health: file with the target health as measured by the load balancer; the elbv2 plugin
            documents its format. Without it, all registered targets are healthy.
        samples: file with the latest requests of each rule of the firewall; the wafv2 plugin documents its
            format. Without it, no request has been sampled.
        python: interpreter of the Lambda functions, for which their archives are packed; they use only its
            standard library. By default the interpreter of this process.
        survivors: file with instances that run already, as a JSON object, instance id -> zone; an Auto
            Scaling group adopts those in its zones instead of launching others.
        time_factor: factor by which warm-ups, cooldowns and alarms of scaling are shorter than on AWS.
    """
    # It imports Pulumi, which takes half a second; commands that start no LocalStack need not wait for it.
    from localcloud.localstack.services import SERVICES  # noqa: PLC0415

    root = volume.absolute()
    variables = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        # All files in this folder, including settings and caches in a home directory.
        "FILESYSTEM_ROOT": str(root),
        "HOME": str(root / "home"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "OVERRIDE_IN_DOCKER": "0",
        # One port on the loopback address; no DNS server.
        "GATEWAY_SERVER": "loopback",
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"localhost:{port}",
        "DNS_ADDRESS": "0",
        # Requests are signed with this key; LocalStack's requests to itself bypass the network.
        "LOCAL_CLOUD_KEY_FILE": str(key_file.absolute()),
        "IN_MEMORY_CLIENT": "1",
        # All other services are off.
        "SERVICES": ",".join(sorted(SERVICES)),
        "STRICT_SERVICE_LOADING": "1",
        # No outgoing traffic: no telemetry, no certificate download, no search for AWS credentials of this
        # machine.
        "AWS_EC2_METADATA_DISABLED": "true",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        # A service is loaded at its first request.
        "EAGER_SERVICE_LOADING": "0",
        "PROVIDER_OVERRIDE_APIGATEWAY": "repaired",
        "PROVIDER_OVERRIDE_CLOUDWATCH": "repaired",
        "PROVIDER_OVERRIDE_EC2": "repaired",
        "PROVIDER_OVERRIDE_LAMBDA": "repaired",
        "PROVIDER_OVERRIDE_S3": "repaired",
        # Functions run as processes of this machine.
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LOCAL_CLOUD_TIME_FACTOR": str(time_factor),
        "LOCAL_CLOUD_PYTHON": str((python or Path(sys.executable)).absolute()),
    }
    if target_health is not None:
        variables["LOCAL_CLOUD_TARGET_HEALTH"] = str(target_health.absolute())
    if survivors is not None:
        variables["LOCAL_CLOUD_SURVIVORS"] = str(survivors.absolute())
    if samples is not None:
        variables["LOCAL_CLOUD_FIREWALL_SAMPLES"] = str(samples.absolute())
    return variables


def is_ready(api: Api) -> bool:
    """Return whether a LocalStack answers and accepts our key."""
    url = f"{api.endpoint}/_localstack/health"
    headers = signed_headers("GET", url, api)
    try:
        # Ignore the environment's proxies: a loopback address cannot be reached through one.
        answer = httpx.get(
            url, headers=headers, timeout=HEALTH_TIMEOUT, trust_env=False, verify=NO_CERTIFICATES
        )
    except httpx.HTTPError:
        return False
    return answer.is_success and "services" in answer.text
