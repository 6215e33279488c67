"""Paths for operators that the load balancer blocks: their regular expressions, and the 404 response."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.load_balancer.config import OPERATORS_PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from infra.load_balancer.config import Operators

NOT_FOUND: Final = json.dumps(
    {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is nothing at this path."},
    separators=(",", ":"),
)
"""Problem details (RFC 9457), like those of the service. A fixed response of a load balancer supports few
content types, `application/problem+json` not among them: it has `application/json`."""

IGNORED_SUFFIX: Final = "([#%].*)?"
"""Suffix of a path that the service may ignore: an encoded line feed (`/livez%0A`) and a fragment
(`/livez#x`)."""


PRIORITIES: Final[Mapping[Operators, int]] = {"health": 10, "metrics": 20, "version": 30, "docs": 40}
"""Group of paths -> priority of its listener rule, independent of the other rules.

Pulumi creates and updates rules before it deletes any, and priorities are unique at every moment: one that
moved from one rule to another would still be in use (ELB API reference 2015-12-01, CreateRule,
"PriorityInUse")."""


@dataclass(frozen=True)
class BlockedPathRule:
    """Listener rule that blocks some paths."""

    role: str
    """Suffix of the resource name."""
    priority: int
    expressions: tuple[str, ...]
    """Regular expressions of whole paths. A condition takes three, of 128 characters each (ELB user guide,
    "Condition types for listener rules"; API reference, PathPatternConditionConfig)."""


def blocked_path_rules(words: Sequence[Operators]) -> Iterator[BlockedPathRule]:
    """Yield the rules that block the paths of each group.

    The load balancer compares the path as the client sent it. The service decodes it once: `/%6Civez` becomes
    `/livez`, and `/%256Civez` does not exist. Plain patterns of a load balancer support no percent sign, so
    these are regular expressions, in which each character matches itself and its percent-encoding. All other
    paths reach the service in any spelling: a prediction may begin with `/%61pi`.
    """
    for word in words:
        yield BlockedPathRule(
            word, PRIORITIES[word], tuple(_expression(pattern) for pattern in OPERATORS_PATHS[word])
        )


def _expression(pattern: str) -> str:
    """Return a regular expression of all spellings of a pattern, which may end with `*`.

    Anchors at both ends make it independent of the load balancer's choice between search and full match.
    """
    path = pattern.removesuffix("*")
    # A request target begins with a literal slash, never an encoded one (RFC 9112, 3.2.1).
    letters = "".join(map(_spellings, path.removeprefix("/")))
    return f"^/{letters}{IGNORED_SUFFIX if path == pattern else '.*'}$"


def _spellings(character: str) -> str:
    """Return a regular expression of a character and its percent-encoding."""
    code = "".join(
        f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in f"{ord(character):02X}"
    )
    return f"({re.escape(character)}|%{code})"
