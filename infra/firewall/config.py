"""Firewall section of the configuration: rules of the web ACL, and their capacity."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeAlias

from pydantic import Field

from infra.config_reader import Integer, Parser, Section, did_you_mean, parse_list
from infra.firewall.countries import COUNTRIES
from infra.firewall.managed_rule_groups import (
    BYTE_MATCH_UNITS,
    GEO_UNITS,
    INCLUDED_UNITS,
    IP_SET_UNITS,
    LABEL_UNITS,
    MANAGED_GROUPS,
    RATE_UNITS,
    REGEX_UNITS,
    SIZE_UNITS,
    TRANSFORMATION_UNITS,
    GroupName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

FirewallMode: TypeAlias = Literal["count", "block"]

FIREWALL_MODES: Final[tuple[FirewallMode, ...]] = ("count", "block")

FirewallLogs: TypeAlias = Literal["matches", "all"]

AnyNetwork: TypeAlias = IPv4Network | IPv6Network

MAXIMUM_RANGES: Final = 10_000
"""Entries of an IP set."""

MAXIMUM_COUNTRIES: Final = 50
"""Countries of a geographic match. Both: AWS WAF developer guide, "AWS WAF quotas"."""

MINIMUM_RATE: Final = 10
MAXIMUM_RATE: Final = 2_000_000_000
"""AWS WAF developer guide, "Rate-based rule high-level settings"."""


@dataclass(frozen=True)
class GroupChoice:
    """A managed rule group that is in force."""

    name: GroupName
    mode: FirewallMode | None
    """None follows the firewall's mode."""


def parse_group(text: str) -> GroupChoice:
    """Parse the name of a managed rule group, with a colon and a mode after it or without.

    Raises:
        ValueError: With the part that is unknown.
    """
    name, colon, mode = (part.strip() for part in text.partition(":"))
    for known in MANAGED_GROUPS:
        if known == name:
            break
    else:
        raise ValueError(did_you_mean(name, MANAGED_GROUPS) or f"{name!r} is none")
    if not colon:
        return GroupChoice(known, None)
    for allowed in FIREWALL_MODES:
        if allowed == mode:
            return GroupChoice(known, allowed)
    raise ValueError(did_you_mean(mode, FIREWALL_MODES) or f"{mode!r} is no mode")


def parse_ip_range(text: str) -> AnyNetwork:
    """Parse an IP address or range.

    Raises:
        ValueError: It is none, or has all addresses.
    """
    try:
        network = ip_network(text)
    except ValueError as reason:
        raise ValueError(str(reason)) from None
    if network.prefixlen == 0:
        raise ValueError(f"{text} has all addresses")
    return network


def parse_country(text: str) -> str:
    """Validate the code of a country.

    Raises:
        ValueError: It is none.
    """
    if text not in COUNTRIES:
        raise ValueError(f"{text!r} is no country's code")
    return text


ManagedRuleGroups: TypeAlias = Annotated[
    tuple[GroupChoice, ...],
    Parser(
        parse_list(parse_group, maximum=len(MANAGED_GROUPS)),
        f"up to {len(MANAGED_GROUPS)} of {', '.join(MANAGED_GROUPS)}, separated by commas, each with "
        f":{' or '.join(FIREWALL_MODES)} after it or nothing",
    ),
]
IpRanges: TypeAlias = Annotated[
    tuple[AnyNetwork, ...],
    Parser(
        parse_list(parse_ip_range, maximum=MAXIMUM_RANGES),
        f"up to {MAXIMUM_RANGES:,} addresses or ranges like 203.0.113.0/24, separated by commas",
    ),
]
Countries: TypeAlias = Annotated[
    tuple[str, ...],
    Parser(
        parse_list(parse_country, maximum=MAXIMUM_COUNTRIES),
        f"up to {MAXIMUM_COUNTRIES} countries by ISO 3166 code like DE, separated by commas",
    ),
]


class FirewallConfig(Section):
    """Firewall."""

    firewall_mode: FirewallMode = Field(
        default="block",
        description="Action of the firewall's rules. block; count = only count what would be blocked.",
    )
    managed_rule_groups: ManagedRuleGroups = Field(
        default="ip-reputation, known-bad-inputs, common",
        validate_default=True,
        description="AWS managed rule groups, separated by commas. `common:count` and `common:block` set the "
        "action of one group independently of firewallMode.",
    )
    rate_limit_per_ip: Integer = Field(
        default=2_000,
        ge=MINIMUM_RATE,
        le=MAXIMUM_RATE,
        description="Maximum number of requests from one IP address in five minutes.",
    )
    batch_rate_limit_per_ip: Integer = Field(
        default=60,
        ge=MINIMUM_RATE,
        le=MAXIMUM_RATE,
        description="Maximum number of batches from one IP address in one minute. A batch takes as long as a "
        "thousand other requests. On paths that take single rows too, a batch has more than 2 KB.",
    )
    rate_limit_per_forwarded_ip: Integer = Field(
        default=0,
        ge=0,
        le=MAXIMUM_RATE,
        description="Maximum number of requests in five minutes from one address in X-Forwarded-For, which a "
        "trusted proxy in front has to set, because clients can forge it. 10 or more; 0 = no such limit.",
    )
    allowed_ip_ranges: IpRanges = Field(
        default="",
        validate_default=True,
        description="IP addresses or ranges, separated by commas, that skip all rules, the rate limits "
        "included.",
    )
    denied_ip_ranges: IpRanges = Field(
        default="",
        validate_default=True,
        description="IP addresses or ranges, separated by commas, to block.",
    )
    allowed_countries: Countries = Field(
        default="",
        validate_default=True,
        description="Countries by ISO 3166 code, separated by commas; all others are blocked. Empty = all.",
    )
    denied_countries: Countries = Field(
        default="",
        validate_default=True,
        description="Countries by ISO 3166 code, separated by commas, to block. Not with allowedCountries.",
    )
    firewall_logs: FirewallLogs = Field(
        default="matches",
        description="Requests that the firewall logs, without their credentials and cookies. matches = "
        "requests that a rule blocked or counted; all = every request, charged by the GB.",
    )


def by_ip_version(ranges: tuple[AnyNetwork, ...]) -> dict[Literal["IPV4", "IPV6"], list[str]]:
    """Return the ranges by WAF's name of their IP version, which has IP sets of its own."""
    by_version: dict[Literal["IPV4", "IPV6"], list[str]] = {}
    for network in ranges:
        by_version.setdefault("IPV4" if isinstance(network, IPv4Network) else "IPV6", []).append(str(network))
    return by_version


def group_in_two_modes(managed_rule_groups: tuple[GroupChoice, ...]) -> Iterator[str]:
    """Check that no rule group has two modes."""
    names = [choice.name for choice in managed_rule_groups]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"managedRuleGroups has {name} twice, with two modes"


def denied_in_vain(
    allowed_ip_ranges: tuple[AnyNetwork, ...], denied_ip_ranges: tuple[AnyNetwork, ...]
) -> Iterator[str]:
    """Check that no denied range lies in an allowed one. The reverse is an exception to a denied range."""
    allowed = frozenset(allowed_ip_ranges)
    for denied in denied_ip_ranges:
        for prefix in range(1, denied.prefixlen + 1):
            if (wider := denied.supernet(new_prefix=prefix)) in allowed:
                yield f"deniedIpRanges has {denied}, which allowedIpRanges allows with {wider}"


def two_lists_of_countries(
    allowed_countries: tuple[str, ...], denied_countries: tuple[str, ...]
) -> Iterator[str]:
    """Check that countries are either allowed or denied."""
    if allowed_countries and denied_countries:
        yield (
            f"deniedCountries {', '.join(denied_countries)} does not go with allowedCountries "
            f"{', '.join(allowed_countries)}: all other countries are denied already"
        )


def forwarded_rate_below_minimum(rate_limit_per_forwarded_ip: int) -> Iterator[str]:
    """Check that WAF supports the rate limit."""
    if 0 < rate_limit_per_forwarded_ip < MINIMUM_RATE:
        yield (
            f"rateLimitPerForwardedIp {rate_limit_per_forwarded_ip} is neither 0, for no limit, "
            f"nor {MINIMUM_RATE} or more"
        )


def capacity_exceeded(
    managed_rule_groups: tuple[GroupChoice, ...],
    rate_limit_per_forwarded_ip: int,
    allowed_ip_ranges: tuple[AnyNetwork, ...],
    denied_ip_ranges: tuple[AnyNetwork, ...],
    allowed_countries: tuple[str, ...],
    denied_countries: tuple[str, ...],
) -> Iterator[str]:
    """Check that all rules fit into a web ACL."""
    parts = capacity(
        FirewallConfig(
            managed_rule_groups=managed_rule_groups,
            rate_limit_per_forwarded_ip=MINIMUM_RATE if rate_limit_per_forwarded_ip else 0,
            allowed_ip_ranges=allowed_ip_ranges,
            denied_ip_ranges=denied_ip_ranges,
            allowed_countries=allowed_countries,
            denied_countries=denied_countries,
        )
    )
    if (units := sum(parts.values())) > INCLUDED_UNITS:
        listed = ", ".join(f"{part} {size}" for part, size in parts.items())
        yield f"managedRuleGroups needs {units:,} capacity units of a web ACL's {INCLUDED_UNITS:,}: {listed}"


def capacity(config: FirewallConfig) -> dict[str, int]:
    """Return the capacity units of each part of the web ACL by a word for the part."""
    parts: dict[str, int] = {
        "allowedIpRanges": IP_SET_UNITS * len(by_ip_version(config.allowed_ip_ranges)),
        "deniedIpRanges": IP_SET_UNITS * len(by_ip_version(config.denied_ip_ranges)),
        "allowedCountries": GEO_UNITS * bool(config.allowed_countries),
        "deniedCountries": GEO_UNITS * bool(config.denied_countries),
        "rateLimitPerIp": RATE_UNITS,
        "batchRateLimitPerIp": RATE_UNITS
        + 2 * BYTE_MATCH_UNITS
        + REGEX_UNITS
        + SIZE_UNITS
        + 2 * TRANSFORMATION_UNITS,
        "rateLimitPerForwardedIp": RATE_UNITS * bool(config.rate_limit_per_forwarded_ip),
    }
    for choice in config.managed_rule_groups:
        parts[choice.name] = MANAGED_GROUPS[choice.name].units
        if choice.name == "common":
            parts["body size"] = LABEL_UNITS + REGEX_UNITS
    return {part: units for part, units in parts.items() if units}


RELATIONS: Final = (
    group_in_two_modes,
    denied_in_vain,
    two_lists_of_countries,
    forwarded_rate_below_minimum,
    capacity_exceeded,
)
