from __future__ import annotations

import pytest

from infra.fleet.config import FleetConfig
from infra.network.domain_config import Domain
from infra.serverless.config import LambdaConfig
from infra.stack_config import SideBySide
from tests.infra.configs import load, mistakes
from tests.infra.mock_aws import lambda_config


def refusals(**values: str) -> tuple[str, ...]:
    return mistakes(compute="lambda", **values)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("https://iris.example.com", "a name, not an address"),
        ("iris.example.com/api", "a name, not an address"),
        ("iris", "small letters, digits and hyphens between dots"),
        ("Iris.example.com", "small letters, digits and hyphens between dots"),
        ("*.example.com", "small letters, digits and hyphens between dots"),
        ("iris_1.example.com", "small letters, digits and hyphens between dots"),
        ("-iris.example.com", "small letters, digits and hyphens between dots"),
        ("iris.example.com.", "small letters, digits and hyphens between dots"),
        ("iris .example.com", "small letters, digits and hyphens between dots"),
        (f"{'i' * 60}.example.com", "a certificate takes 64 characters"),
        ("iris.x", "it ends with 2 characters or more after the last dot"),
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(name: str, reason: str):
    (line,) = refusals(domainName=name, hostedZoneName="")
    assert line.startswith(f"domainName is {name!r} ({reason}): it must be a name like iris.example.com")


@pytest.mark.parametrize(
    ("domain", "zone", "found"),
    [
        ("iris.example.com", "", "example.com"),
        ("iris.eu.example.com", "example.com", "example.com"),
        ("example.com", "example.com", "example.com"),
    ],
)
def test_a_domain_lies_in_its_zone_or_in_what_it_is_without_its_first_label(
    domain: str, zone: str, found: str
):
    assert lambda_config(domainName=domain, hostedZoneName=zone).domain == Domain(
        name=domain, hosted_zone=found
    )


@pytest.mark.parametrize("zone", ["other.com", "ample.com", "very.iris.example.com"])
def test_a_domain_outside_its_zone_is_refused(zone: str):
    assert refusals(domainName="iris.example.com", hostedZoneName=zone) == (
        f"domainName iris.example.com is not in hostedZoneName {zone}",
    )


def test_a_domain_whose_zone_would_be_a_top_level_domain_is_refused():
    (line,) = refusals(domainName="example.com")
    assert line.startswith("domainName example.com needs a hostedZoneName: without its first label it is com")


def test_a_zone_without_a_domain_is_refused():
    assert refusals(hostedZoneName="example.com") == (
        "hostedZoneName example.com has no use without a domainName",
    )


@pytest.mark.parametrize("compute", ["fleet", "lambda", "both"])
def test_a_domain_is_that_of_the_shape_that_has_the_url(compute: str):
    named = Domain(name="iris.example.com", hosted_zone="example.com")
    match load(compute=compute, domainName="iris.example.com").compute:
        case FleetConfig() as fleet:
            assert fleet.domain == named
        case LambdaConfig() as function:
            assert function.domain == named
        case SideBySide(fleet=fleet, function=function):
            assert (fleet.domain, function.domain) == (named, None)


def test_side_by_side_the_api_may_have_a_name_of_its_own():
    both = load(compute="both", domainName="iris.example.com", apiDomainName="api.example.org").compute
    assert isinstance(both, SideBySide)
    assert both.function.domain == Domain(name="api.example.org", hosted_zone="example.org")
    alone = load(compute="both", apiDomainName="api.example.org", hostedZoneName="example.org").compute
    assert isinstance(alone, SideBySide)
    assert alone.fleet.domain is None


@pytest.mark.parametrize(
    ("compute", "reason"),
    [("fleet", "there is no API"), ("lambda", "domainName is the API's own name there")],
)
def test_a_name_for_the_api_beside_a_fleet_is_refused_where_there_are_not_both(compute: str, reason: str):
    assert mistakes(compute=compute, apiDomainName="api.example.com") == (
        f"apiDomainName api.example.com does not go with compute {compute}: {reason}",
    )


def test_one_name_for_both_shapes_is_refused():
    assert mistakes(compute="both", domainName="iris.example.com", apiDomainName="iris.example.com") == (
        "apiDomainName iris.example.com is the domainName as well: a name leads to one place",
    )


def test_each_name_has_to_lie_in_the_zone():
    given = {
        "domainName": "iris.example.com",
        "apiDomainName": "api.example.org",
        "hostedZoneName": "example.net",
    }
    assert mistakes(compute="both", **given) == (
        "domainName iris.example.com is not in hostedZoneName example.net",
        "apiDomainName api.example.org is not in hostedZoneName example.net",
    )
