"""What the world asks the load balancer for in vain: patterns and an answer, no cloud."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.balancer_config import OPERATORS_PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.balancer_config import Operators

NOT_FOUND: Final = json.dumps(
    {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is nothing at this path."},
    separators=(",", ":"),
)
"""Problem details (RFC 9457), as the service itself would give. A load balancer knows few types of content,
and `application/problem+json` is not among them: it says `application/json`."""


@dataclass(frozen=True)
class Hidden:
    """One rule of a listener."""

    role: str
    """A word for it."""
    patterns: tuple[str, ...]
    """Of paths, with `*` for anything; a condition takes three (ELB user guide, "Listener rules")."""


def hidden_paths(words: Sequence[Operators]) -> Iterator[Hidden]:
    """Write the rules that hide what the words stand for; none where there are no words.

    A balancer compares a path as it was sent, and the service as it is meant: `/%6Civez` is `/livez` to that
    one alone. So what begins as a hidden path does and then has a percent sign is hidden as well. Predictions
    begin with `/api`, and their paths may be spelt as one likes.
    """
    for word in words:
        patterns = OPERATORS_PATHS[word]
        beginnings = dict.fromkeys(pattern[:2] for pattern in patterns)
        yield Hidden(word, patterns)
        yield Hidden(f"{word}-encoded", tuple(f"{beginning}*%*" for beginning in beginnings))
    if words:
        yield Hidden("encoded", ("/%*",))
