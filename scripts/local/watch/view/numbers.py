"""Numbers with their units, as people read them."""

from __future__ import annotations

from typing import Final

NONE: Final = "\N{EN DASH}"
"""Notation of a number that is not known."""


def rate(per_second: float) -> str:
    """Return a rate per second, with one decimal place below ten."""
    return f"{per_second:,.1f}" if 0 < per_second < 10 else f"{per_second:,.0f}"  # noqa: PLR2004


def milliseconds(seconds: float | None) -> str:
    """Return a duration in milliseconds with two significant digits, or a dash for none."""
    if seconds is None:
        return NONE
    value = 1_000 * seconds
    if value < 0.1:  # noqa: PLR2004
        return "<0.1 ms"
    return f"{value:,.1f} ms" if value < 10 else f"{value:,.0f} ms"  # noqa: PLR2004


def milliseconds_without_unit(seconds: float | None) -> str:
    """Return a duration in milliseconds as `milliseconds` does, for a pair with one unit."""
    return milliseconds(seconds).removesuffix(" ms")


def percent(value: float) -> str:
    """Return a percentage, rounded."""
    return f"{value:.0f} %"


def dollars(per_hour: float | None) -> str:
    """Return US dollars with the digits that tell small fleets apart, or a dash for none."""
    if per_hour is None:
        return NONE
    return f"${per_hour:,.4f}" if per_hour < 1 else f"${per_hour:,.2f}"


def axis_milliseconds(seconds: float) -> str:
    """Return a round duration in milliseconds, without the unit."""
    return f"{1_000 * seconds:,.6g}"


def axis_number(value: float) -> str:
    """Return a round number."""
    return f"{value:,.6g}"


def short_id(instance: str) -> str:
    """Return the first characters of an instance id, which tell the instances of one fleet apart."""
    return instance[:8]
