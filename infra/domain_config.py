"""What name the service may have: the domain's keys and their relations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.reading import Reader, Setting

LONGEST: Final = 64
"""Characters of a certificate's first name (ACM API reference, RequestCertificate)."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A name of one's own."""

    name: str
    hosted_zone: str
    """The Route 53 zone that holds the name, without a dot at the end."""


@dataclass(frozen=True, kw_only=True)
class DomainSettings:
    """The same as it was read, for those that have relations with it."""

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
        name, zone = self.name.readable, self.hosted_zone.readable
        if name is None or zone is None:
            return
        if zone and not name:
            yield f"hostedZone {zone} has no use without a domain"
        elif zone and name != zone and not name.endswith(f".{zone}"):
            yield f"domain {name} is not in hostedZone {zone}"
        elif name and not zone and "." not in _parent(name):
            yield (
                f"domain {name} needs a hostedZone: without its first label it is {_parent(name)}, "
                f"which is nobody's zone"
            )


def read_domain(read: Reader) -> DomainSettings:
    """Read the domain's keys; `read` keeps what is wrong with each."""
    return DomainSettings(
        name=read.parsed("domain", "a name like iris.example.com, or nothing", _name),
        hosted_zone=read.parsed("hostedZone", "a name like example.com, or nothing", _name),
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
    return given


def _parent(name: str) -> str:
    return name.partition(".")[2]
