"""Lambda function behind API Gateway that returns its event, or performs the action of the query's `do`."""

from __future__ import annotations

import base64
import json
import os
import time
from typing import Any

BYTES = bytes(range(256))

TAKEN = 2.5
"""Seconds that a slow response takes."""


def handler(event: dict[str, Any], _context: object) -> Any:
    query: dict[str, str] = event["queryStringParameters"] or {}
    answer: Any = {"headers": {"content-type": "application/json"}, "body": json.dumps(event)}
    match query.get("do"):
        case "answer bytes":
            body = base64.b64encode(BYTES).decode()
            answer = {"headers": {"Content-Type": "image/x-all"}, "body": body, "isBase64Encoded": True}
        case "answer cookies":
            answer = {"multiValueHeaders": {"Set-Cookie": ["a=1", "b=2"]}, "headers": {"X-One": "1"}}
        case "answer nothing":
            answer = {"statusCode": 204}
        case "answer text":
            answer = "not what a proxy integration wants"
        case "crash":
            os._exit(1)
        case "fail":
            raise LookupError
        case "hang":
            time.sleep(60)
        case "take your time":
            time.sleep(TAKEN)
        case _:
            pass
    return answer
