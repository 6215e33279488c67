"""Outcome of a request's examination."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Admission(Enum):
    """How far a request may go."""

    PUBLIC = "public"
    """To the REST API of a deployed stage, which anybody may call."""
    CONTROL_PLANE = "control plane"
    """To the AWS API and to LocalStack's own routes."""


@dataclass(frozen=True)
class Refusal:
    """Answer to a request that goes nowhere."""

    code: str
    """Error code of AWS for the same mistake."""
    message: str


class RefusedError(Exception):
    """A request is refused."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)
