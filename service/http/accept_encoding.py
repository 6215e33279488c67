"""Content coding of a response, negotiated by `Accept-Encoding` (RFC 9110, 12.5.3)."""

from __future__ import annotations

import re
from typing import Final

PREFERRED: Final = ("zstd", "br", "gzip")
"""Supported content codings, in the order of preference among those that a client weights equally: zstd at
level 1 compresses JSON better than gzip at level 6, in a nineteenth of the time."""

IDENTITY: Final = "identity"
"""Content coding of an uncompressed response."""

MAX_MEMBERS: Final = 100
"""Maximum number of codings that are read of a header; browsers send four."""

_MEMBER: Final = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)


def choose_content_coding(accept_encoding: str | None) -> str | None:
    """Return the coding that the client prefers, possibly `identity`, or None if it refuses all.

    A coding with the same weight as `identity` wins. Without the header every coding would be acceptable, but
    clients that cannot decompress often send none.
    """
    if accept_encoding is None:
        return IDENTITY
    weights = _weights(accept_encoding)
    others = weights.get("*", 0.0)
    identity = weights.get(IDENTITY)
    best = max(PREFERRED, key=lambda coding: weights.get(coding, others))
    weight = weights.get(best, others)
    if weight > 0 and weight >= (identity or 0.0):
        return best
    # `identity` is acceptable unless it is excluded, by its name or by `*`.
    is_refused = identity == 0 or (identity is None and weights.get("*") == 0)
    return None if is_refused else IDENTITY


def _weights(accept_encoding: str) -> dict[str, float]:
    """Parse the weight of each coding; malformed members are ignored."""
    weights: dict[str, float] = {}
    for member in accept_encoding.split(",", MAX_MEMBERS)[:MAX_MEMBERS]:
        if found := _MEMBER.fullmatch(member.strip(" \t")):
            coding = found[1].lower()
            weights[coding.removeprefix("x-")] = float(found[2] or 1)
    return weights
