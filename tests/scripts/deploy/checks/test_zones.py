"""Check of the zones that a deployment chooses, with the responses of EC2 written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from scripts.deploy.checks.zones import check_zones
from tests.infra.mock_aws import fleet_config
from tests.scripts.deploy.checks.zone_answers import zone_answers
from tests.stubbed import answering

if TYPE_CHECKING:
    from scripts.deploy.checks.check_result import CheckResult

BOTH = {"t4g.small": ("eu-west-1a", "eu-west-1b")}


def check(offered: dict[str, tuple[str, ...]], answers: dict[str, Any], **values: str) -> CheckResult:
    with answering("ec2", zone_answers(offered, **answers)) as client:
        return check_zones(client, "eu-west-1", fleet_config(**values), {"stack": "prod"})


# An Auto Scaling group launches no instance in a zone without its type.
@pytest.mark.parametrize(
    ("number", "state"), [("2", "ok"), ("3", "problem")], ids=["enough zones", "one zone fewer"]
)
def test_the_instance_type_is_offered_in_as_many_zones_as_the_fleet_spans(number: str, state: str):
    assert check(BOTH, {}, availabilityZones=number).state == state


def test_the_fleet_needs_zones_that_offer_all_of_its_types():
    offered = {"t4g.small": ("eu-west-1a", "eu-west-1b"), "t4g.medium": ("eu-west-1b",)}
    given = check(offered, {}, alternativeInstanceTypes="t4g.medium")
    assert (given.state, given.message) == (
        "problem",
        "eu-west-1 has t4g.small and t4g.medium in eu-west-1b, and the fleet spans 2 zones (t4g.medium in 1)",
    )


def test_a_zone_that_offers_the_type_and_is_none_of_the_programs_does_not_count():
    # EC2 offers types in Local Zones as well, and in a zone that the program excludes by its id.
    offered = {"t4g.small": ("us-east-1-bos-1a", "us-east-1a", "us-east-1e")}
    given = check(offered, {"zones": {"us-east-1a": "use1-az1", "us-east-1e": "use1-az3"}})
    assert given.state == "problem"
    assert "t4g.small in us-east-1a, and the fleet spans 2 zones" in given.message


def test_the_zones_that_the_program_will_choose_are_named():
    offered = {"t4g.small": ("eu-west-1c", "eu-west-1b")}
    assert check(offered, {}).message == "t4g.small in eu-west-1b and eu-west-1c"


def test_present_subnets_keep_their_zones_even_without_the_type():
    offered = {"t4g.small": ("eu-west-1b", "eu-west-1c")}
    given = check(offered, {"subnets": ("eu-west-1a", "eu-west-1b", "eu-west-1a")})
    assert given.state == "note"
    assert "subnets in eu-west-1a, which lacks t4g.small" in given.message
    every = {"t4g.small": ("eu-west-1a", "eu-west-1b", "eu-west-1c")}
    assert check(every, {}).message == "t4g.small in eu-west-1a and eu-west-1b"
    third = check(offered, {"subnets": ("eu-west-1b", "eu-west-1c")})
    assert third.message == "t4g.small in eu-west-1b and eu-west-1c"
