"""Table of the methods: attributes of a target group for Envoy, or a choice of the client."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALGORITHM: Final = "load_balancing.algorithm.type"
MITIGATION: Final = "load_balancing.algorithm.anomaly_mitigation"


@dataclass(frozen=True, kw_only=True)
class Method:
    """Method of load balancing."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict[str, str])
    """Attributes of the target group; empty for a method of the client."""
    choice: str = ""
    """Name of the client's choice (`client.choices.CHOICES`); empty for a method of Envoy."""


METHODS: Final[Sequence[Method]] = (
    Method(name="round_robin", attributes={ALGORITHM: "round_robin"}),
    Method(name="weighted_random", attributes={ALGORITHM: "weighted_random"}),
    Method(
        name="weighted_random_with_mitigation", attributes={ALGORITHM: "weighted_random", MITIGATION: "on"}
    ),
    Method(name="least_outstanding_requests", attributes={ALGORITHM: "least_outstanding_requests"}),
    Method(name="least_load", attributes={ALGORITHM: "least_load"}),
    *(
        Method(name=f"client_{choice}", choice=choice)
        for choice in ("round_robin", "random", "least_connections", "power_of_two_choices")
    ),
)


def select(names: Sequence[str]) -> list[Method]:
    """Return the methods with these names, in the order of the table; all if there are no names."""
    return [method for method in METHODS if not names or method.name in names]
