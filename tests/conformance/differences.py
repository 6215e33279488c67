"""The differences that are known: what stands before the service answers by itself, or changes requests.

Whatever is not here must be the same; and what is here but no longer differs must go.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.answers import Answer


@dataclass(frozen=True)
class Difference:
    """What a client sees instead, and why."""

    reason: str
    status: int
    body: bytes | None = None
    """None where it is as different as the status says, and its text is not ours."""


def check(name: str, expected: Answer, seen: Answer, known: Mapping[str, Difference]) -> None:
    """Hold an answer against the service's own, but for a known difference."""
    difference = known.get(name)
    if difference is None:
        assert seen == expected
        return
    assert seen != expected, f"{name!r} no longer differs; it was said to, because: {difference.reason}"
    assert seen.status == difference.status, difference.reason
    if difference.body is not None:
        assert seen.body == difference.body, difference.reason
