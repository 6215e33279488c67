"""Lambda function behind API Gateway that returns its event, or performs the action of the query's `do`."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

BYTES = bytes(range(256))

CODED = gzip.compress(b"".join(hashlib.sha256(bytes([number])).digest() for number in range(64)), mtime=0)
"""Body that the function has compressed itself, of more than 2 KB."""


def _binary(body: bytes, **headers: str) -> dict[str, Any]:
    return {"headers": headers, "body": base64.b64encode(body).decode(), "isBase64Encoded": True}


ANSWERS: dict[str, Any] = {
    "answer bytes": _binary(BYTES, **{"Content-Type": "image/x-all"}),
    "answer coded": _binary(CODED, **{"Content-Encoding": "gzip"}),
    "answer cookies": {"multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-One": "1"}},
    "answer nothing": {"statusCode": 204},
    "answer text": "not what a proxy integration wants",
}


def handler(event: dict[str, Any], _context: object) -> Any:
    query: dict[str, str] = event["queryStringParameters"] or {}
    do = query.get("do", "")
    match do:
        case "answer length":
            return {"headers": {"content-type": "text/plain"}, "body": "x" * int(query["length"])}
        case "crash":
            os._exit(1)
        case "fail":
            raise LookupError
        case "hang":
            time.sleep(60)
        case "wait for a file":
            awaited = Path(query["file"])
            while not awaited.exists():
                time.sleep(0.01)
            awaited.with_suffix(".found").touch()
        case _:
            pass
    echo = {"headers": {"content-type": "application/json"}, "body": json.dumps(event)}
    return ANSWERS.get(do, echo)
