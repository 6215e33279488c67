"""Region of the stack, which has to be in the partition `aws`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pulumi

if TYPE_CHECKING:
    from collections.abc import Mapping

OTHER_PARTITIONS: Final[Mapping[str, str]] = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "us-isof-": "aws-iso-f",
    "eu-isoe-": "aws-iso-e",
    "eusc-": "aws-eusc",
}
"""Prefix of a Region's name -> its partition (AWS General Reference, "AWS service endpoints"; botocore,
`partitions.json`)."""


def supported_region(region: str) -> str:
    """Return the Region.

    Raises:
        pulumi.RunError: It is in another partition, where ARNs, service principals and prices differ.
    """
    for prefix, partition in OTHER_PARTITIONS.items():
        if region.startswith(prefix):
            raise pulumi.RunError(
                f"aws:region is {region}, in the partition {partition}; only Regions of the partition aws "
                "are supported, such as us-east-1"
            )
    return region
