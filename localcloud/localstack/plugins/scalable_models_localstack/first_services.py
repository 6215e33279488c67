"""Services that every stack needs, loaded while LocalStack starts.

Meanwhile its client imports the program. At their first requests, one waits for the other.
"""

from __future__ import annotations

from typing import Final

from localstack.runtime import hooks
from localstack.services.plugins import SERVICE_PLUGINS

FIRST_SERVICES: Final = ("sts", "ec2", "ssm", "s3")
"""Those that take longest, by their first requests; API Gateway takes longer, but not every stack has it."""


@hooks.on_infra_start()  # pyright: ignore[reportUnknownMemberType] - no stubs
def load_first_services() -> None:
    """Load the services before LocalStack answers."""
    for service in FIRST_SERVICES:
        SERVICE_PLUGINS.require(service)
