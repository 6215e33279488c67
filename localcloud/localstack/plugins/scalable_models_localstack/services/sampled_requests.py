"""Samples of the requests that matched a rule of a web ACL (GetSampledRequests, AWS WAF API 2019-07-29)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def latest_samples(
    samples: Sequence[Mapping[str, Any]], *, start: float, end: float, maximum: int
) -> tuple[list[Mapping[str, Any]], int]:
    """Return the latest samples in a time window, and the number of all samples in it.

    Args:
        samples: samples of a rule, oldest first; their `Timestamp` is in seconds since 1970.
        start: beginning of the window.
        end: its end.
        maximum: maximum number of samples.
    """
    found = [sample for sample in samples if start <= sample["Timestamp"] <= end]
    return found[-maximum:], len(found)
