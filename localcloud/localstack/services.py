"""AWS services of the local cloud; all others are off."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.registry import RESOURCE_TYPES

QUERIED_SERVICES: Final = frozenset(
    {
        "resourcegroupstaggingapi",  # resources left of a stack; resources whose traffic `iris cost` counts
        "service-quotas",  # `iris doctor`
        "ssm",  # a stack's outputs; the image id of instances
        "sts",  # the account id
    }
)
"""Services without resources of the Pulumi program, but which the local cloud, `iris doctor`, `iris rollout`
or `iris cost` queries."""

SERVICES: Final = frozenset(row.service for row in RESOURCE_TYPES.values()) | QUERIED_SERVICES
"""Names of all services in boto3 and LocalStack."""
