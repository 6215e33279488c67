"""Mistake in a request to Elastic Load Balancing."""

from __future__ import annotations

from typing import NamedTuple


class Mistake(NamedTuple):
    """Code and message of an error."""

    code: str
    message: str
