"""Services of AWS that the local cloud offers; every other one is off."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.registry import ROWS

ASKED: Final = frozenset(
    {
        "resourcegroupstaggingapi",  # what is left of a stack; whose traffic a cost is about
        "service-quotas",  # `iris doctor`
        "ssm",  # what a stack exports; which image an instance starts from
        "sts",  # whose account it is
    }
)
"""Services of which the program creates nothing, but which the local cloud, `iris doctor`, `iris rollout` or
`iris cost` asks."""

SERVICES: Final = frozenset(row.service for row in ROWS.values()) | ASKED
"""By their names in boto3, which are LocalStack's too."""
