"""Availability zones in which a fleet can be, as AWS lists them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ZONE_FILTERS: Final[Mapping[str, str]] = {"opt-in-status": "opt-in-not-required"}
"""Filter of the zones. Local Zones and Wavelength Zones, which require opt-in, support no load balancers of
this kind and few instance types."""

EXCLUDED_ZONE_IDS: Final = ("use1-az3",)
"""Zone ids to exclude: the oldest zone of us-east-1 lacks most current instance types, and several services
refuse subnets in it (EKS user guide, "VPC and subnet requirements"; Aurora user guide, "RDS Proxy")."""


def usable_zones(zones: Sequence[str], offered: Sequence[Sequence[str] | None]) -> list[str]:
    """Return the zones that offer every instance type, in their order; None excludes no zone.

    Args:
        zones: Names of the zones of the Region, without the excluded ones.
        offered: Names of the zones that offer each instance type.
    """
    return [zone for zone in zones if all(names is None or zone in names for names in offered)]
