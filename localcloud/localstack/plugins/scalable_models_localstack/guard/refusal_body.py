"""Response to a refused request in a format that its client understands.

Clients of AWS's XML protocols expect `ErrorResponse`, clients of its JSON protocols `__type` and `message`,
clients of a deployed stage only `message`, and all others get problem details (RFC 9457).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from scalable_models_localstack.guard.stage_path import is_stage_path

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead
    from scalable_models_localstack.guard.verdict import Refusal

JSON_SERVICES: Final = frozenset({"apigateway", "lambda"})
"""Services of the REST-JSON protocol, whose requests without a body have no JSON content type."""


def write_refusal(refusal: Refusal, head: RequestHead) -> tuple[dict[str, str], bytes]:
    """Return the header fields and the body of the response to a refused request."""
    if _expects_xml(head):
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error><Type>Sender</Type>'
            f"<Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
            "</Error></ErrorResponse>"
        )
        media_type = "text/xml"
    elif is_stage_path(head):
        body, media_type = json.dumps({"message": refusal.message}), "application/json"
    else:
        problem = {
            "type": "about:blank",
            "title": refusal.status.phrase,
            "status": refusal.status,
            "detail": refusal.message,
            "__type": refusal.code,
            "message": refusal.message,
        }
        body, media_type = json.dumps(problem), "application/problem+json"
    return {"Content-Type": media_type, "X-Amzn-ErrorType": refusal.code}, body.encode()


def _expects_xml(head: RequestHead) -> bool:
    """Return whether a request comes from an AWS client with an XML protocol."""
    authorization = "".join(head.values("authorization"))
    is_aws_client = "/aws4_request" in authorization or "X-Amz-Credential=" in head.query
    is_json = any("json" in value for value in head.values("content-type"))
    return is_aws_client and not is_json and not any(f"/{name}/" in authorization for name in JSON_SERVICES)
