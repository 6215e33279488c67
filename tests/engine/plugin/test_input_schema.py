from __future__ import annotations

from typing import Any

import pytest

from tests.engine.plugin.input_schema import schema_violations
from tests.engine.plugin.wire import UNKNOWN

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

GROUP = "aws:autoscaling/group:Group"


def refused(token: str, **inputs: Any) -> set[str]:
    return {one.property for one in schema_violations(token, inputs)}


def test_an_unknown_argument_a_missing_one_and_a_value_of_another_type_are_refused():
    assert refused(GROUP, minSize=1, maxSize=2) == set()
    assert refused(GROUP, minSize=1) == {"maxSize"}
    assert refused(GROUP, minSize="one", maxSize=2) == {"minSize"}
    assert refused(GROUP, minSize=True, maxSize=2) == {"minSize"}
    assert refused(GROUP, minSize=1, maxSize=2, size=3) == {"size"}


def test_blocks_are_judged_like_the_resource():
    mixture = {"launchTemplate": {"launchTemplateSpecification": {"version": 1, "name": "x"}}}
    assert refused(GROUP, minSize=1, maxSize=2, mixedInstancesPolicy=mixture) == {
        "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.version",
        "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification.name",
    }
    assert refused(GROUP, minSize=1, maxSize=2, tags=[{"key": "a", "value": "b"}]) == {
        "tags.propagateAtLaunch"
    }


def test_what_is_not_known_yet_is_not_judged_and_a_type_that_does_not_exist_is():
    assert refused(GROUP, minSize=UNKNOWN, maxSize=UNKNOWN) == set()
    assert refused("aws:autoscaling/fleet:Fleet") == {""}


def test_a_type_whose_name_is_also_that_of_a_block_has_its_own_arguments():
    assert (
        refused("aws:s3/bucketLogging:BucketLogging", bucket="a", targetBucket="b", targetPrefix="c") == set()
    )
