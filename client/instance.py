"""Instance that a client sends requests to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, order=True)
class Instance:
    """Registered target, with its address."""

    instance_id: str
    host: str
    port: int
    healthy: bool = field(default=True, compare=False)
    """Result of the load balancer's health check; false during the first one."""


Discover = Callable[[], Sequence[Instance]]
"""Function that returns the instances of now. It may block and raise: the last ones are kept then."""
