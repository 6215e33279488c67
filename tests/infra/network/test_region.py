from __future__ import annotations

import botocore.session
import pulumi
import pytest

from infra.network.region import supported_region

SESSION = botocore.session.get_session()


@pytest.mark.parametrize("region", SESSION.get_available_regions("ec2"))
def test_every_commercial_region_is_supported(region: str):
    assert supported_region(region) == region


@pytest.mark.parametrize("partition", sorted({*SESSION.get_available_partitions()} - {"aws"}))
def test_regions_of_other_partitions_are_refused_by_name(partition: str):
    for region in SESSION.get_available_regions("ec2", partition_name=partition):
        with pytest.raises(pulumi.RunError, match=rf"^aws:region is {region}, in the partition {partition};"):
            supported_region(region)
