"""Result of a request's authorization: access level or refusal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus


class AccessLevel(Enum):
    """Part of LocalStack that a request can reach."""

    PUBLIC = "public"
    """REST API of a deployed stage, which needs no signature."""
    CONTROL_PLANE = "control plane"
    """AWS API and LocalStack's own routes."""


@dataclass(frozen=True)
class Refusal:
    """Error response to a request that is not forwarded."""

    code: str
    """AWS's error code for the same problem."""
    message: str
    status: HTTPStatus = HTTPStatus.FORBIDDEN


class RefusedError(Exception):
    """Refusal of a request."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)
