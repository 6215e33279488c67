"""What names the service may have: the domains' keys and their relations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.config_reader import Reader, Setting

LONGEST: Final = 64
"""Characters of a certificate's first name (ACM API reference, RequestCertificate)."""

SHORTEST_LAST: Final = 2
"""Characters after the last dot (ACM API reference, RequestCertificate)."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A name of one's own."""

    name: str
    hosted_zone: str
    """The Route 53 zone that holds the name, without a dot at the end."""


@dataclass(frozen=True, kw_only=True)
class DomainSettings:
    """One name as it was read, and the zone that is said to hold it."""

    name: Setting[str]
    hosted_zone: Setting[str]

    @property
    def value(self) -> Domain | None:
        """The typed value, once the reader has told that there are no mistakes."""
        name = self.name.value
        return Domain(name=name, hosted_zone=self.hosted_zone.value or _parent(name)) if name else None

    @property
    def contradictions(self) -> Iterator[str]:
        """Tell what is wrong between the name and its zone."""
        name, zone, key = self.name.readable, self.hosted_zone.readable, self.name.key
        if not name or zone is None:
            return
        if zone and name != zone and not name.endswith(f".{zone}"):
            yield f"{key} {name} is not in hostedZoneName {zone}"
        elif not zone and "." not in _parent(name):
            yield (
                f"{key} {name} needs a hostedZoneName: without its first label it is {_parent(name)}, "
                f"which is nobody's zone"
            )


@dataclass(frozen=True, kw_only=True)
class Domains:
    """The names of both shapes as they were read."""

    domain: DomainSettings
    """Of the shape that has the stack's URL."""
    api_domain: DomainSettings
    """Of the function's API where it stands beside the fleet."""

    def contradictions(self, shape: str | None) -> Iterator[str]:
        """Tell what is wrong between the names that a shape has, and with those that it has not."""
        if shape is None:
            return
        used = (self.domain, self.api_domain) if shape == "both" else (self.domain,)
        for settings in used:
            yield from settings.contradictions
        first, second = self.domain.name.readable, self.api_domain.name.readable
        zone = self.domain.hosted_zone.readable
        if second and shape != "both":
            reason = "there is no API" if shape == "fleet" else "domainName is the API's own name there"
            yield f"apiDomainName {second} does not go with compute {shape}: {reason}"
        if shape == "both" and second and first == second:
            yield f"apiDomainName {second} is the domainName as well: a name leads to one place"
        if zone and not any(settings.name.readable != "" for settings in used):
            yield f"hostedZoneName {zone} has no use without a domainName"


def read_domains(read: Reader) -> Domains:
    """Read the domains' keys; `read` keeps what is wrong with each."""
    allowed = "a name like iris.example.com, or nothing"
    domain = read.parsed("domainName", allowed, _name)
    api_domain = read.parsed("apiDomainName", allowed, _name)
    hosted_zone = read.parsed("hostedZoneName", "a name like example.com, or nothing", _name)
    return Domains(
        domain=DomainSettings(name=domain, hosted_zone=hosted_zone),
        api_domain=DomainSettings(name=api_domain, hosted_zone=hosted_zone),
    )


def _name(given: str) -> str:
    if not given:
        return given
    if len(given) > LONGEST:
        raise ValueError(f"a certificate takes {LONGEST} characters")
    if "/" in given:
        raise ValueError("a name, not an address")
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label})+", given):
        raise ValueError("small letters, digits and hyphens between dots")
    if len(given.rpartition(".")[2]) < SHORTEST_LAST:
        raise ValueError(f"it ends with {SHORTEST_LAST} characters or more after the last dot")
    return given


def _parent(name: str) -> str:
    return name.partition(".")[2]
