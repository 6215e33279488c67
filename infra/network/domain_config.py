"""Domain section of the configuration: names of the service and the Route 53 zone that holds them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

from pydantic import Field

from infra.config_reader import Parser, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

MAXIMUM_LENGTH: Final = 64
"""Characters of a certificate's first name (ACM API reference, RequestCertificate)."""

MINIMUM_LAST_LABEL: Final = 2
"""Characters after the last dot (ACM API reference, RequestCertificate)."""

STRICT_TRANSPORT_SECURITY: Final = f"max-age={365 * 24 * 3_600}"
"""Value of `Strict-Transport-Security` (RFC 6797): for a year, browsers use only HTTPS with this name.
Without `includeSubDomains`, as names below the domain are not this stack's."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A custom domain name."""

    name: str
    hosted_zone: str
    """The Route 53 zone that holds the name, without a dot at the end."""


def parse_domain_name(text: str) -> str:
    """Validate a domain name that ACM can certify; an empty one passes.

    Raises:
        ValueError: With the reason.
    """
    if not text:
        return text
    if len(text) > MAXIMUM_LENGTH:
        raise ValueError(f"a certificate takes {MAXIMUM_LENGTH} characters")
    if "/" in text:
        raise ValueError("a name, not an address")
    label = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?"
    if not re.fullmatch(rf"{label}(\.{label})+", text):
        raise ValueError("small letters, digits and hyphens between dots")
    if len(text.rpartition(".")[2]) < MINIMUM_LAST_LABEL:
        raise ValueError(f"it ends with {MINIMUM_LAST_LABEL} characters or more after the last dot")
    return text


DomainName: TypeAlias = Annotated[str, Parser(parse_domain_name, "a name like iris.example.com, or nothing")]
ZoneName: TypeAlias = Annotated[str, Parser(parse_domain_name, "a name like example.com, or nothing")]


class DomainConfig(Section):
    """Domain names."""

    domain_name: DomainName = Field(
        default="",
        description="Domain name of the service, with HTTPS and a certificate of its own. It belongs to the "
        "fleet where there is one, whose load balancer redirects HTTP to it, otherwise to the API, whose "
        "default endpoint is then disabled. Empty = the address from AWS, which is plain HTTP for a fleet.",
    )
    api_domain_name: DomainName = Field(
        default="", description="Domain name of the API next to a fleet. Only with compute both."
    )
    hosted_zone_name: ZoneName = Field(
        default="",
        description="Name of the Route 53 hosted zone of the domain names. Empty = each name without its "
        "first label.",
    )

    @property
    def domain(self) -> Domain | None:
        """Domain of the shape that has the stack's URL."""
        return self._domain(self.domain_name)

    @property
    def api_domain(self) -> Domain | None:
        """Domain of the API next to a fleet."""
        return self._domain(self.api_domain_name)

    def _domain(self, name: str) -> Domain | None:
        return Domain(name=name, hosted_zone=self.hosted_zone_name or _parent(name)) if name else None


def domain_outside_its_zone(domain_name: str, hosted_zone_name: str) -> Iterator[str]:
    """Check that the hosted zone holds the domain name."""
    yield from _outside_its_zone("domainName", domain_name, hosted_zone_name)


def api_domain_outside_its_zone(compute: str, api_domain_name: str, hosted_zone_name: str) -> Iterator[str]:
    """Check that the hosted zone holds the API's domain name, which counts with both shapes."""
    if compute == "both":
        yield from _outside_its_zone("apiDomainName", api_domain_name, hosted_zone_name)


def api_domain_needs_both_shapes(compute: str, api_domain_name: str) -> Iterator[str]:
    """Check that the API's domain name is that of an API next to a fleet."""
    if api_domain_name and compute != "both":
        reason = "there is no API" if compute == "fleet" else "domainName is the API's own name there"
        yield f"apiDomainName {api_domain_name} does not go with compute {compute}: {reason}"


def same_domain_for_both_shapes(compute: str, domain_name: str, api_domain_name: str) -> Iterator[str]:
    """Check that each shape has a name of its own."""
    if compute == "both" and api_domain_name and domain_name == api_domain_name:
        yield f"apiDomainName {api_domain_name} is the domainName as well: a name leads to one place"


def zone_without_domain(
    compute: str, domain_name: str, api_domain_name: str, hosted_zone_name: str
) -> Iterator[str]:
    """Check that a hosted zone holds a name."""
    if hosted_zone_name and not domain_name and not (compute == "both" and api_domain_name):
        yield f"hostedZoneName {hosted_zone_name} has no use without a domainName"


def _outside_its_zone(key: str, name: str, zone: str) -> Iterator[str]:
    if zone and name and name != zone and not name.endswith(f".{zone}"):
        yield f"{key} {name} is not in hostedZoneName {zone}"
    elif name and not zone and "." not in _parent(name):
        yield (
            f"{key} {name} needs a hostedZoneName: without its first label it is {_parent(name)}, "
            f"which is a top-level domain"
        )


def _parent(name: str) -> str:
    return name.partition(".")[2]


RELATIONS: Final = (
    domain_outside_its_zone,
    api_domain_outside_its_zone,
    api_domain_needs_both_shapes,
    same_domain_for_both_shapes,
    zone_without_domain,
)
