from __future__ import annotations

import pytest

from infra.domain_config import Domain
from tests.infra.configs import mistakes
from tests.infra.recorder import lambda_config


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
    ],
)
def test_what_is_no_name_is_refused_with_the_reason(name: str, reason: str):
    (line,) = refusals(domain=name, hostedZone="")
    assert line.startswith(f"domain is {name!r} ({reason}): allowed is a name like iris.example.com")


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
    assert lambda_config(domain=domain, hostedZone=zone).domain == Domain(name=domain, hosted_zone=found)


@pytest.mark.parametrize("zone", ["other.com", "ample.com", "very.iris.example.com"])
def test_a_domain_outside_its_zone_is_refused(zone: str):
    assert refusals(domain="iris.example.com", hostedZone=zone) == (
        f"domain iris.example.com is not in hostedZone {zone}",
    )


def test_a_domain_whose_zone_would_be_a_top_level_domain_is_refused():
    (line,) = refusals(domain="example.com")
    assert line.startswith("domain example.com needs a hostedZone: without its first label it is com")


def test_a_zone_without_a_domain_is_refused():
    assert refusals(hostedZone="example.com") == ("hostedZone example.com has no use without a domain",)


def test_a_domain_without_a_function_is_refused():
    (line,) = mistakes(compute="fleet", domain="iris.example.com")
    assert line.startswith("domain iris.example.com does not go with compute fleet")
