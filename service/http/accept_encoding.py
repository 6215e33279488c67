"""Chooses how an answer is compressed from what the request accepts (RFC 9110, 12.5.3)."""

from __future__ import annotations

import re
from typing import Final

PREFERRED: Final = ("zstd", "br", "gzip")
"""Content codings, the first one where the client likes several equally: zstd at its level 1 makes JSON
smaller than gzip at 6 does, in a nineteenth of the time."""

IDENTITY: Final = "identity"
"""Not compressed."""

_MEMBER: Final = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)


def choose_content_coding(accept_encoding: str | None) -> str | None:
    """Return the coding that the client likes best, `identity`, or None where it refuses all that there are.

    Who accepts a coding as gladly as the plain text gets the coding. Without the header everything would be
    acceptable, but who cannot decompress often sends none.
    """
    if accept_encoding is None:
        return IDENTITY
    weights = _weights(accept_encoding)
    others = weights.get("*", 0.0)
    plain = weights.get(IDENTITY)
    best = max(PREFERRED, key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    if weight > 0 and weight >= (plain or 0.0):
        return best
    # Plain text is acceptable unless it is ruled out, by its name or by `*`.
    refused = plain == 0 or (plain is None and weights.get("*") == 0)
    return None if refused else IDENTITY


def _weights(accept_encoding: str) -> dict[str, float]:
    """Read how much each coding is liked; what is not well formed counts as not there."""
    weights: dict[str, float] = {}
    for member in accept_encoding.split(","):
        if found := _MEMBER.fullmatch(member.strip(" \t")):
            coding = found[1].lower()
            weights[coding.removeprefix("x-")] = float(found[2] or 1)
    return weights
