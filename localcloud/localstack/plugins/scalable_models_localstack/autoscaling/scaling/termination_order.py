"""Order in which a group terminates its instances of one zone: pure arithmetic of its termination policies.

Source: "Configure termination policies for Amazon EC2 Auto Scaling" in the EC2 Auto Scaling user guide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HOUR: Final = 3_600.0


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """Instance that can be terminated."""

    age: float
    """Seconds since its launch."""
    has_current_template: bool
    """True if it was launched from the launch template that the group has now, of any version."""
    template_version: int


def termination_order(policies: Iterable[str], candidate: Candidate) -> tuple[float, ...]:
    """Return the place of a candidate, the first of which is terminated, by policies of decreasing weight.

    All instances here are of one purchase option and of launch templates, and no function is asked: those
    policies make no difference.
    """
    return tuple(place for policy in policies for place in _places(policy, candidate))


def _places(policy: str, candidate: Candidate) -> Iterator[float]:
    match policy:
        case "OldestInstance":
            yield -candidate.age
        case "NewestInstance":
            yield candidate.age
        case "OldestLaunchTemplate":
            yield candidate.has_current_template
            yield candidate.template_version
        case "ClosestToNextInstanceHour":
            yield HOUR - candidate.age % HOUR
        case "Default":
            yield from _places("OldestLaunchTemplate", candidate)
            yield from _places("ClosestToNextInstanceHour", candidate)
        case _:
            return
