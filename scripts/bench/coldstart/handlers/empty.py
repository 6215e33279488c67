"""A function that does nothing: what Python itself takes to start and to answer."""

from __future__ import annotations

from typing import Any


def handler(_event: object, _context: object) -> dict[str, Any]:
    """Answer whatever comes."""
    return {"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False}
