"""Reads the `Accept` family of headers: what a client would like, out of what there is (RFC 9110, 12.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def best_media_type(accept: str, offered: Sequence[str]) -> str | None:
    """Return the offer that a client likes best, the first of equals; None where it takes none of them.

    Args:
        accept: the value of `Accept`; empty where there is none, which takes everything.
        offered: media types without parameters. Those of a client are passed over, all but `q`.
    """
    return _best(accept, offered, _matching_media_type)


def best_language(accept_language: str, offered: Sequence[str]) -> str:
    """Return the language that a client likes best, or the first one: better read than refused."""
    return _best(accept_language, offered, _matching_language) or offered[0]


def _best(accept: str, offered: Sequence[str], matching: Callable[[str, str], int]) -> str | None:
    ranges = [_range_and_quality(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return offered[0]
    best, best_quality = None, 0.0
    for offer in offered:
        # Of several ranges that match, the closest one decides.
        closest = max(ranges, key=lambda wanted: matching(wanted[0], offer))
        quality = closest[1] if matching(closest[0], offer) else 0.0
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _range_and_quality(part: str) -> tuple[str, float]:
    wanted, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return wanted, _quality(value.strip())
    return wanted, 1.0


def _quality(text: str) -> float:
    try:
        quality = float(text)
    except ValueError:
        return 0.0
    return quality if 0 <= quality <= 1 else 0.0


def _matching_media_type(wanted: str, offer: str) -> int:
    """Say how closely a media range matches: 0 is not at all."""
    if wanted == offer:
        return 3
    if wanted == f"{offer.partition('/')[0]}/*":
        return 2
    return int(wanted == "*/*")


def _matching_language(wanted: str, offer: str) -> int:
    if wanted == offer:
        return 3
    if wanted.partition("-")[0] == offer:
        return 2
    return int(wanted == "*")
