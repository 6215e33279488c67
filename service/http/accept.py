"""Content negotiation by the `Accept` family of headers (RFC 9110, 12.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MAX_RANGES: Final = 100
"""Maximum number of ranges that are read of a header; browsers send ten. Thousands would take 0.2 s."""


def best_media_type(accept: str, offered: Sequence[str]) -> str | None:
    """Return the offer that a client prefers, the first of equals; None if it accepts none.

    Args:
        accept: Value of `Accept`; empty without one, which accepts everything. Only the parameter `q` counts.
        offered: Media types without parameters.
    """
    return _best_offer(accept, offered, _media_type_specificity)


def best_language(accept_language: str, offered: Sequence[str]) -> str:
    """Return the language that a client prefers, or the first: a page in another language beats an error."""
    return _best_offer(accept_language, offered, _language_specificity) or offered[0]


def _best_offer(accept: str, offered: Sequence[str], specificity: Callable[[str, str], int]) -> str | None:
    parts = accept.split(",", MAX_RANGES)[:MAX_RANGES]
    ranges = [_range_and_quality(part) for part in parts if part.strip()]
    if not ranges:
        return offered[0]
    best, best_quality = None, 0.0
    for offer in offered:
        # The most specific matching range decides.
        most_specific = max(ranges, key=lambda candidate: specificity(candidate[0], offer))
        quality = most_specific[1] if specificity(most_specific[0], offer) else 0.0
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _range_and_quality(part: str) -> tuple[str, float]:
    media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return media_range, _quality(value.strip())
    return media_range, 1.0


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _media_type_specificity(media_range: str, offer: str) -> int:
    """Return how specifically a media range matches an offer; 0 is no match."""
    if media_range == offer:
        return 3
    if media_range == f"{offer.partition('/')[0]}/*":
        return 2
    return int(media_range == "*/*")


def _language_specificity(language_range: str, offer: str) -> int:
    if language_range == offer:
        return 3
    if language_range.partition("-")[0] == offer:
        return 2
    return int(language_range == "*")
