"""Who is turned away: types, ranges and relations of the firewall's keys."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from infra.config_reader import Part, did_you_mean
from infra.firewall.countries import COUNTRIES
from infra.firewall.managed_rule_groups import (
    ENDS_WITH_UNITS,
    GEO_UNITS,
    IP_SET_UNITS,
    LABEL_UNITS,
    MANAGED_GROUPS,
    MOST_UNITS,
    RATE_UNITS,
    GroupName,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config_reader import Reader, Setting

FirewallMode: TypeAlias = Literal["count", "block"]

FIREWALL_MODES: Final[tuple[FirewallMode, ...]] = ("count", "block")

FirewallLog: TypeAlias = Literal["matches", "all"]

FIREWALL_LOGS: Final[tuple[FirewallLog, ...]] = ("matches", "all")

AnyNetwork: TypeAlias = IPv4Network | IPv6Network

MOST_ADDRESSES: Final = 10_000
"""Entries of an IP set."""

MOST_COUNTRIES: Final = 50
"""Of a geographic match. Both: AWS WAF developer guide, "AWS WAF quotas"."""

LEAST_RATE: Final = 10
MOST_RATE: Final = 2_000_000_000
"""AWS WAF developer guide, "Rate-based rule high-level settings"."""


@dataclass(frozen=True)
class GroupChoice:
    """A group of managed rules that is in force."""

    name: GroupName
    mode: FirewallMode | None
    """None does as the whole firewall does."""


@dataclass(frozen=True)
class Addresses:
    """Ranges of addresses, which WAF keeps apart by version."""

    networks: tuple[AnyNetwork, ...] = ()

    @property
    def versions(self) -> dict[Literal["IPV4", "IPV6"], list[str]]:
        """The ranges by what WAF calls their version; no version without any."""
        by_version: dict[Literal["IPV4", "IPV6"], list[str]] = {}
        for network in self.networks:
            by_version.setdefault("IPV4" if network.version == 4 else "IPV6", []).append(str(network))  # noqa: PLR2004 - versions of IP
        return by_version


@dataclass(frozen=True, kw_only=True)
class FirewallConfig:
    """`Pulumi.yaml` says what each one means."""

    mode: FirewallMode
    groups: tuple[GroupChoice, ...]
    requests_per_address: int
    requests_per_forwarded_address: int | None
    allowed: Addresses = Addresses()
    denied: Addresses = Addresses()
    allowed_countries: tuple[str, ...] = ()
    denied_countries: tuple[str, ...] = ()
    log: FirewallLog = "matches"


def read_firewall(read: Reader) -> Part[FirewallConfig]:
    """Read the firewall's keys; `read` keeps what is wrong with each, the part what is wrong between them."""
    modes = " or ".join(FIREWALL_MODES)
    mode = read.choice("firewallMode", FIREWALL_MODES)
    groups = read.several(
        "managedRuleGroups",
        f"of {', '.join(MANAGED_GROUPS)}, each with :{modes} after it or nothing",
        _group,
        most=len(MANAGED_GROUPS),
    )
    per_address = read.whole("rateLimitPerIp", LEAST_RATE, MOST_RATE)
    per_forwarded = read.whole("rateLimitPerForwardedIp", 0, MOST_RATE)
    ranges = "addresses or ranges like 203.0.113.0/24"
    allowed = read.several("allowedIpRanges", ranges, _addresses, most=MOST_ADDRESSES)
    denied = read.several("deniedIpRanges", ranges, _addresses, most=MOST_ADDRESSES)
    codes = "countries by ISO 3166 code like DE"
    allowed_countries = read.several("allowedCountries", codes, _country, most=MOST_COUNTRIES)
    denied_countries = read.several("deniedCountries", codes, _country, most=MOST_COUNTRIES)
    log = read.choice("firewallLogs", FIREWALL_LOGS)

    settings = (mode, groups, per_address, per_forwarded, allowed, denied, allowed_countries)
    readable = all(setting.readable is not None for setting in (*settings, denied_countries, log))

    def value() -> FirewallConfig:
        return FirewallConfig(
            mode=mode.value,
            groups=groups.value,
            requests_per_address=per_address.value,
            requests_per_forwarded_address=per_forwarded.value or None,
            allowed=Addresses(allowed.value),
            denied=Addresses(denied.value),
            allowed_countries=allowed_countries.value,
            denied_countries=denied_countries.value,
            log=log.value,
        )

    return Part(
        (
            *_same_group_twice(groups),
            *_both_welcome_and_not(allowed, denied),
            *_two_lists_of_countries(allowed_countries, denied_countries),
            *_no_rate_at_all(per_forwarded),
            *(_too_much_to_check(value()) if readable else ()),
        ),
        value,
    )


def _group(given: str) -> GroupChoice:
    name, colon, mode = (part.strip() for part in given.partition(":"))
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


def _addresses(given: str) -> AnyNetwork:
    try:
        network = ip_network(given)
    except ValueError as reason:
        raise ValueError(str(reason)) from None
    if network.prefixlen == 0:
        raise ValueError(f"{given} is everybody")
    return network


def _country(given: str) -> str:
    if given not in COUNTRIES:
        raise ValueError(f"{given!r} is no country's code")
    return given


def _same_group_twice(groups: Setting[tuple[GroupChoice, ...]]) -> Iterator[str]:
    names = [choice.name for choice in groups.readable or ()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"managedRuleGroups has {name} twice, with two modes"


def _both_welcome_and_not(
    allowed: Setting[tuple[AnyNetwork, ...]], denied: Setting[tuple[AnyNetwork, ...]]
) -> Iterator[str]:
    """Find what is denied in vain. The other way round is of use: some of a denied range may be let pass."""
    welcome = frozenset[AnyNetwork](allowed.readable or ())
    for unwelcome in denied.readable or ():
        for prefix in range(1, unwelcome.prefixlen + 1):
            if (wider := unwelcome.supernet(new_prefix=prefix)) in welcome:
                yield f"deniedIpRanges has {unwelcome}, which allowedIpRanges lets pass with {wider}"


def _two_lists_of_countries(
    allowed: Setting[tuple[str, ...]], denied: Setting[tuple[str, ...]]
) -> Iterator[str]:
    if allowed.readable and denied.readable:
        yield (
            f"deniedCountries {', '.join(denied.readable)} does not go with allowedCountries "
            f"{', '.join(allowed.readable)}: who is not among these is denied already"
        )


def _no_rate_at_all(per_forwarded: Setting[int]) -> Iterator[str]:
    limit = per_forwarded.readable
    if limit is not None and 0 < limit < LEAST_RATE:
        yield f"rateLimitPerForwardedIp {limit} is neither 0, for no limit, nor {LEAST_RATE} or more"


def _too_much_to_check(config: FirewallConfig) -> Iterator[str]:
    parts = capacity(config)
    if (units := sum(parts.values())) > MOST_UNITS:
        told = ", ".join(f"{part} {size}" for part, size in parts.items())
        yield f"managedRuleGroups needs {units:,} capacity units of {MOST_UNITS:,} that a web ACL has: {told}"


def capacity(config: FirewallConfig) -> dict[str, int]:
    """Say how many capacity units each part of a web ACL takes, by a word for the part."""
    parts: dict[str, int] = {
        "allowedIpRanges": IP_SET_UNITS * len(config.allowed.versions),
        "deniedIpRanges": IP_SET_UNITS * len(config.denied.versions),
        "allowedCountries": GEO_UNITS * bool(config.allowed_countries),
        "deniedCountries": GEO_UNITS * bool(config.denied_countries),
        "rateLimitPerIp": RATE_UNITS,
        "rateLimitPerForwardedIp": RATE_UNITS * bool(config.requests_per_forwarded_address),
    }
    for choice in config.groups:
        parts[choice.name] = MANAGED_GROUPS[choice.name].units
        if choice.name == "common":
            parts["body size"] = LABEL_UNITS + ENDS_WITH_UNITS
    return {part: units for part, units in parts.items() if units}
