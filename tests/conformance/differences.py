"""Known differences between the service and a deployment, whose proxies answer or change some requests.

Every other response must be equal, and a known difference that no longer exists must be removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conformance.responses import ClientResponse


@dataclass(frozen=True)
class Difference:
    """Known difference of a response, and its reason; the rest of the response must be equal."""

    reason: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """Headers with another value."""
    without: frozenset[str] = frozenset()
    """Names of missing headers."""
    body: bytes | None = None

    def apply_to(self, answer: ClientResponse) -> ClientResponse:
        """Return the expected response of the deployment, given the service's own."""
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
    """Assert that a response equals the service's own, apart from a known difference."""
    difference = known.get(name)
    if difference is None:
        assert seen == expected
        return
    assert seen != expected, f"{name!r} no longer differs; it was said to, because: {difference.reason}"
    assert seen == difference.apply_to(expected), f"{name!r} differs in another way than: {difference.reason}"
