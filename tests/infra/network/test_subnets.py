from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.network.subnets import (
    MAXIMUM_PREFIX_LENGTH,
    MAXIMUM_ZONES,
    MINIMUM_PREFIX_LENGTH,
    PRIVATE_RANGES,
    instance_addresses,
    parse_vpc_cidr,
    plan_subnets,
)


@st.composite
def vpcs(draw: st.DrawFn) -> IPv4Network:
    """Draw any private range that a VPC of ours may have."""
    private = draw(st.sampled_from(PRIVATE_RANGES))
    prefix = draw(st.integers(max(MINIMUM_PREFIX_LENGTH, private.prefixlen), MAXIMUM_PREFIX_LENGTH))
    size = 2 ** (32 - prefix)
    place = draw(st.integers(0, private.num_addresses // size - 1))
    return IPv4Network((int(private.network_address) + place * size, prefix))


ZONES = st.integers(1, MAXIMUM_ZONES)


@given(vpcs())
def test_every_private_range_of_a_fitting_size_is_accepted(vpc: IPv4Network):
    assert parse_vpc_cidr(str(vpc)) == vpc


@given(vpcs(), ZONES)
def test_all_subnets_lie_inside_the_vpc(vpc: IPv4Network, zones: int):
    for zone in plan_subnets(vpc, zones):
        assert zone.public.subnet_of(vpc)
        assert zone.private.subnet_of(vpc)


@given(vpcs(), ZONES)
def test_no_two_subnets_share_an_address(vpc: IPv4Network, zones: int):
    subnets = [subnet for zone in plan_subnets(vpc, zones) for subnet in (zone.public, zone.private)]
    assert len(subnets) == 2 * zones
    assert not any(one.overlaps(other) for one, other in combinations(subnets, 2))


@given(vpcs(), ZONES)
def test_each_subnet_has_room_for_a_load_balancer(vpc: IPv4Network, zones: int):
    for zone in plan_subnets(vpc, zones):
        assert zone.public.prefixlen <= 27
        assert zone.private.prefixlen <= 27


@given(vpcs(), st.integers(2, MAXIMUM_ZONES))
def test_another_zone_moves_none_of_the_others(vpc: IPv4Network, zones: int):
    assert plan_subnets(vpc, zones)[:-1] == plan_subnets(vpc, zones - 1)


@given(vpcs())
def test_the_room_for_instances_is_what_aws_leaves_of_a_private_subnet(vpc: IPv4Network):
    assert instance_addresses(vpc) == plan_subnets(vpc, 1)[0].private.num_addresses - 5


def test_a_plan_as_a_newcomer_would_draw_it():
    first, second = plan_subnets(IPv4Network("10.20.0.0/16"), 2)
    assert (str(first.public), str(first.private)) == ("10.20.0.0/19", "10.20.32.0/19")
    assert (str(second.public), str(second.private)) == ("10.20.64.0/19", "10.20.96.0/19")


@pytest.mark.parametrize(("cidr", "zones"), [("10.0.0.0/25", 2), ("10.0.0.0/16", 0), ("10.0.0.0/16", 5)])
def test_what_cannot_be_divided_is_refused(cidr: str, zones: int):
    with pytest.raises(ValueError, match="cannot be divided"):
        plan_subnets(IPv4Network(cidr), zones)


# A VPC's range is between /16 and /28 (VPC user guide, "VPC CIDR blocks"); the private ones are RFC 1918's.
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("anything", "it is not an IPv4 range"),
        ("10.0.0.0/33", "it is not an IPv4 range"),
        ("fd00::/56", "it is not an IPv4 range"),
        ("10.0.0.1/16", "its address has bits set beyond the prefix"),
        ("8.8.0.0/16", "it is not private"),
        ("172.32.0.0/16", "it is not private"),
        ("10.0.0.0/15", "a /15 does not fit"),
        ("10.0.0.0/28", "a /28 does not fit"),
    ],
)
def test_a_range_that_no_vpc_of_ours_can_have_is_refused_with_its_reason(text: str, reason: str):
    with pytest.raises(ValueError, match=f"^{reason}$"):
        parse_vpc_cidr(text)


@pytest.mark.parametrize(
    ("first", "last", "before", "after"),
    [
        ("10.0.0.0/16", "10.255.0.0/16", "9.255.0.0/16", "11.0.0.0/16"),
        ("172.16.0.0/16", "172.31.0.0/16", "172.15.0.0/16", "172.32.0.0/16"),
        ("192.168.0.0/24", "192.168.255.0/24", "192.167.255.0/24", "192.169.0.0/24"),
    ],
)
def test_the_private_ranges_reach_from_their_first_to_their_last_network(
    first: str, last: str, before: str, after: str
):
    assert [str(parse_vpc_cidr(text)) for text in (first, last)] == [first, last]
    for outside in (before, after):
        with pytest.raises(ValueError, match="not private"):
            parse_vpc_cidr(outside)
