"""How LocalStack is started: its command, its environment, and whether it answers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from localcloud.aws.signing import signed_headers
from localcloud.localstack.services import SERVICES

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

ENVIRONMENT: Final = Path(__file__).parents[2] / ".venv-localstack"
"""Where LocalStack and our plugins for it are installed: it pins libraries that the project has newer."""

ANSWER_WITHIN: Final = 2.0
"""Seconds after which a LocalStack that doesn't answer isn't ready."""


class NotInstalledError(RuntimeError):
    """LocalStack's environment is missing; the message says how to make it."""


def command() -> list[str]:
    """Return the command that runs LocalStack until it gets SIGTERM.

    Raises:
        NotInstalledError: its environment hasn't been made.
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
    python: Path | None = None,
) -> dict[str, str]:
    """Return all environment variables that LocalStack needs; it should get no others of ours.

    Args:
        port: TCP port on 127.0.0.1 to listen on.
        volume: folder for everything that it writes; made if missing, useless once it has ended.
        key_file: file that holds the key which requests are to be signed with, except those to a deployed
            stage of a REST API.
        target_health: file in which the balancer tells how the instances are; see the plugin for its form.
            Without one, every registered target counts as healthy.
        python: interpreter that Lambda functions run with, for which their archives are packed. They see its
            standard library and nothing else of it. By default the one that runs this.
    """
    root = volume.absolute()
    variables = {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        # Everything below the folder: settings and caches that look for a home, too.
        "FILESYSTEM_ROOT": str(root),
        "HOME": str(root / "home"),
        "XDG_CACHE_HOME": str(root / "cache"),
        "OVERRIDE_IN_DOCKER": "0",
        # One port on the loopback address; no DNS server.
        "GATEWAY_SERVER": "loopback",
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"localhost:{port}",
        "DNS_ADDRESS": "0",
        # Requests are signed with this key; LocalStack's own, to itself, do not go over the network.
        "LOCAL_CLOUD_KEY_FILE": str(key_file.absolute()),
        "IN_MEMORY_CLIENT": "1",
        # Nothing else can be asked for.
        "SERVICES": ",".join(sorted(SERVICES)),
        "STRICT_SERVICE_LOADING": "1",
        # Nothing goes out: no telemetry, no certificate, no search for this machine's own AWS credentials.
        "AWS_EC2_METADATA_DISABLED": "true",
        "DISABLE_EVENTS": "1",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        # A service is loaded when it is first asked for.
        "EAGER_SERVICE_LOADING": "0",
        "PROVIDER_OVERRIDE_APIGATEWAY": "repaired",
        "PROVIDER_OVERRIDE_EC2": "repaired",
        "PROVIDER_OVERRIDE_LAMBDA": "repaired",
        "PROVIDER_OVERRIDE_S3": "repaired",
        # Functions are processes of this machine.
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LOCAL_CLOUD_PYTHON": str((python or Path(sys.executable)).absolute()),
    }
    if target_health is not None:
        variables["LOCAL_CLOUD_TARGET_HEALTH"] = str(target_health.absolute())
    return variables


def is_ready(api: Api) -> bool:
    """Tell whether a LocalStack answers, and takes our key."""
    url = f"{api.endpoint}/_localstack/health"
    headers = signed_headers("GET", url, api)
    try:
        # Without the environment's proxies: nobody reaches this machine's loopback address through one.
        answer = httpx.get(url, headers=headers, timeout=ANSWER_WITHIN, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.is_success and "services" in answer.text
