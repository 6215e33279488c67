"""Paths for operators that the load balancer hides: regular expressions and an answer, no cloud."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.load_balancer.config import OPERATORS_PATHS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from infra.load_balancer.config import Operators

NOT_FOUND: Final = json.dumps(
    {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is nothing at this path."},
    separators=(",", ":"),
)
"""Problem details (RFC 9457), as the service itself would give. A load balancer knows few types of content,
and `application/problem+json` is not among them: it says `application/json`."""

TAIL: Final = "([#%].*)?"
"""What may follow a path and lead to it all the same: the service ignores an encoded line feed at the end
(`/livez%0A`) and a fragment (`/livez#x`)."""


@dataclass(frozen=True)
class Hidden:
    """One rule of a listener."""

    role: str
    """A word for it."""
    expressions: tuple[str, ...]
    """Regular expressions of whole paths. A condition takes three, of 128 characters each (ELB user guide,
    "Condition types for listener rules"; API reference, PathPatternConditionConfig)."""


def hidden_paths(words: Sequence[Operators]) -> Iterator[Hidden]:
    """Write the rules that hide what the words stand for; none where there are no words.

    The balancer compares a path as it was sent. The service decodes it first, once: `/%6Civez` is `/livez` to
    it, and `/%256Civez` is nothing. A balancer's plain patterns take no percent sign, so these are regular
    expressions, in which each character stands for itself or its percent-encoding. All other paths, however
    they are spelt, reach the service: a prediction may begin with `/%61pi`.
    """
    for word in words:
        yield Hidden(word, tuple(_expression(pattern) for pattern in OPERATORS_PATHS[word]))


def _expression(pattern: str) -> str:
    """Write a pattern, of which only the end may be a `*`, as an expression of all its spellings.

    It begins and ends with an anchor, and so means the same whether the balancer searches or matches.
    """
    path = pattern.removesuffix("*")
    # What a request asks for begins with a slash that is none of its encodings (RFC 9112, 3.2.1).
    letters = "".join(map(_spellings, path.removeprefix("/")))
    return f"^/{letters}{TAIL if path == pattern else '.*'}$"


def _spellings(character: str) -> str:
    code = "".join(
        f"[{digit}{digit.lower()}]" if digit.isalpha() else digit for digit in f"{ord(character):02X}"
    )
    return f"({re.escape(character)}|%{code})"
