"""The differences that are known: what stands before the service answers by itself, or changes requests.

Whatever is not here must be the same; and what is here but no longer differs must go.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.responses import ClientResponse


@dataclass(frozen=True)
class Difference:
    """What a client sees instead, and why; all else must be the same here too."""

    reason: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those that have another value."""
    without: frozenset[str] = frozenset()
    """Headers that are missing."""
    body: bytes | None = None

    def apply_to(self, answer: ClientResponse) -> ClientResponse:
        """Return what is to be seen of an answer of the service."""
        kept = {name: values for name, values in answer.headers.items() if name not in self.without}
        return replace(
            answer,
            status=answer.status if self.status is None else self.status,
            headers=kept | {name: (value,) for name, value in self.headers.items()},
            body=answer.body if self.body is None else self.body,
        )


def assert_conforms(
    name: str, expected: ClientResponse, seen: ClientResponse, known: Mapping[str, Difference]
) -> None:
    """Hold an answer against the service's own, but for a known difference."""
    difference = known.get(name)
    if difference is None:
        assert seen == expected
        return
    assert seen != expected, f"{name!r} no longer differs; it was said to, because: {difference.reason}"
    assert seen == difference.apply_to(expected), f"{name!r} differs in another way than: {difference.reason}"
