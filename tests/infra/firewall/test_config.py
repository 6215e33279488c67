from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.firewall.config import by_ip_version, capacity
from infra.firewall.countries import COUNTRIES
from infra.firewall.managed_rule_groups import INCLUDED_UNITS, MANAGED_GROUPS
from tests.infra.configs import load, mistakes, mistakes_if_any

ALL_GROUPS = ", ".join(MANAGED_GROUPS)


def test_the_default_web_acl_takes_so_many_capacity_units():
    assert capacity(load().firewall) == {
        "rateLimitPerIp": 2,
        "batchRateLimitPerIp": 30,
        "ip-reputation": 25,
        "known-bad-inputs": 200,
        "common": 700,
        "body size": 4,
    }


def test_each_list_and_limit_takes_its_own():
    everything = load(
        allowedIpRanges="203.0.113.7, 2001:db8::/32",
        deniedIpRanges="198.51.100.0/24",
        deniedCountries="AQ",
        rateLimitPerForwardedIp="70",
        managedRuleGroups="",
    )
    assert capacity(everything.firewall) == {
        "allowedIpRanges": 2,
        "deniedIpRanges": 1,
        "deniedCountries": 1,
        "rateLimitPerIp": 2,
        "batchRateLimitPerIp": 30,
        "rateLimitPerForwardedIp": 2,
    }


# WAF needs a set for each version of IP, and a rule for each set (AWS WAF API reference, IPSet).
@pytest.mark.parametrize("key", ["allowedIpRanges", "deniedIpRanges"])
def test_ranges_of_both_versions_of_ip_take_a_set_each(key: str):
    assert capacity(load(**{key: "203.0.113.0/24, 2001:db8::/32, 2001:db9::/32"}).firewall)[key] == 2


def test_more_than_a_web_acl_holds_is_refused_with_what_takes_how_much():
    (line,) = mistakes(managedRuleGroups=ALL_GROUPS)
    assert line.startswith("managedRuleGroups needs 1,611 capacity units of a web ACL's 1,500: ")
    assert line.endswith("unix 100, linux 200, common 700, body size 4")


@given(st.sets(st.sampled_from(list(MANAGED_GROUPS))))
def test_no_choice_of_groups_that_is_allowed_takes_more_than_there_is(groups: set[str]):
    values = {"managedRuleGroups": ", ".join(groups)}
    if not mistakes_if_any(values):
        assert sum(capacity(load(**values).firewall).values()) <= INCLUDED_UNITS


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("comon", "did you mean common?"),
        ("common:blok", "did you mean block?"),
        ("common:", "'' is no mode"),
        ("common, common", "'common' comes twice"),
        ("everything,", "'everything' is none"),
    ],
)
def test_a_group_that_there_is_not_is_refused_with_the_reason(given: str, why: str):
    (line,) = mistakes(managedRuleGroups=given)
    assert line.startswith(f"managedRuleGroups is {given!r} ({why}): it must be up to 8 of ip-reputation")


def test_a_group_in_two_modes_is_refused():
    assert mistakes(managedRuleGroups="common:count, common:block") == (
        "managedRuleGroups has common twice, with two modes",
    )


@pytest.mark.parametrize("key", ["allowedIpRanges", "deniedIpRanges"])
@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("203.0.113.7/24", "203.0.113.7/24 has host bits set"),
        ("0.0.0.0/0", "0.0.0.0/0 has all addresses"),
        ("::/0", "::/0 has all addresses"),
        ("example.com", "'example.com' does not appear to be an IPv4 or IPv6 network"),
        ("203.0.113.7, 203.0.113.7/32", "'203.0.113.7/32' comes twice"),
    ],
)
def test_what_is_no_range_of_addresses_is_refused_with_the_reason(key: str, given: str, why: str):
    (line,) = mistakes(**{key: given})
    assert line.startswith(f"{key} is {given!r} ({why}): it must be up to 10,000 addresses or ranges")


def test_who_is_let_pass_cannot_be_denied():
    (line,) = mistakes(allowedIpRanges="203.0.113.0/24", deniedIpRanges="203.0.113.7, 198.51.100.1")
    assert line == "deniedIpRanges has 203.0.113.7/32, which allowedIpRanges allows with 203.0.113.0/24"


# The widest and the narrowest ranges that are one.
@pytest.mark.parametrize(
    ("allowed", "denied"),
    [
        ("128.0.0.0/1", "203.0.113.7"),
        ("203.0.113.6/31", "203.0.113.7"),
        ("8000::/1", "fd00::1"),
        ("2001:db8::2/127", "2001:db8::3"),
    ],
)
def test_a_denied_address_is_found_in_any_allowed_range(allowed: str, denied: str):
    (line,) = mistakes(allowedIpRanges=allowed, deniedIpRanges=denied)
    assert line.endswith(f", which allowedIpRanges allows with {allowed}")


# AWS WAF evaluates the rule of the allowed ranges first, and an allowed request skips the others (AWS WAF
# developer guide, "Setting rule priority").
def test_a_range_that_is_both_allowed_and_denied_is_refused():
    (line,) = mistakes(allowedIpRanges="203.0.113.0/24", deniedIpRanges="203.0.113.0/24")
    assert line == "deniedIpRanges has 203.0.113.0/24, which allowedIpRanges allows with 203.0.113.0/24"


def test_an_address_of_a_denied_range_may_be_let_pass():
    config = load(allowedIpRanges="203.0.113.7", deniedIpRanges="203.0.113.0/24").firewall
    assert by_ip_version(config.denied_ip_ranges) == {"IPV4": ["203.0.113.0/24"]}


def test_two_lists_of_countries_are_one_too_many():
    (line,) = mistakes(allowedCountries="DE, FR", deniedCountries="AQ")
    assert line.startswith("deniedCountries AQ does not go with allowedCountries DE, FR")


def test_a_country_that_there_is_not_is_refused():
    (line,) = mistakes(deniedCountries="AQ, XX")
    assert "'XX' is no country's code" in line


def test_the_countries_are_those_that_waf_knows():
    codes: Any = botocore.session.get_session().get_service_model("wafv2").shape_for("CountryCode")
    assert frozenset(codes.enum) == COUNTRIES


def test_a_limit_below_what_waf_can_hold_is_refused_and_none_at_all_is_not():
    assert load(rateLimitPerForwardedIp="0").firewall.rate_limit_per_forwarded_ip == 0
    assert mistakes(rateLimitPerForwardedIp="9") == (
        "rateLimitPerForwardedIp 9 is neither 0, for no limit, nor 10 or more",
    )
