"""Signature of a request with its scope, parsed from the Authorization header or from the query."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from scalable_models_localstack.guard.verdict import RefusedError

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead

ALGORITHM: Final = "AWS4-HMAC-SHA256"

AUTHORIZATION: Final = re.compile(
    rf"{ALGORITHM} +Credential=(?P<credential>[^,\s]+), *SignedHeaders=(?P<headers>[^,\s]+), *"
    r"Signature=(?P<signature>[^,\s]+)"
)

SIGNATURE: Final = "X-Amz-Signature"

PRESIGNED: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    SIGNATURE,
)
"""Query parameters of a presigned request."""

MAXIMUM_EXPIRY: Final = 604_800
"""Maximum validity of a presigned URL in seconds, seven days. Source: "Authenticating Requests: Using Query
Parameters", S3 API reference."""


@dataclass(frozen=True)
class Scope:
    """Credential scope of a signature."""

    access_key_id: str
    day: str
    region: str
    service: str
    terminator: str

    @property
    def is_s3(self) -> bool:
        """True for S3, whose rules keep paths unchanged and allow unsigned payloads."""
        return self.service == "s3"


@dataclass(frozen=True)
class Claim:
    """Signature of a request with its scope, time and signed headers."""

    scope: Scope
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    expires: int | None = None
    """Validity of a presigned request in seconds; None for a signature in the header."""


def parse_claim(head: RequestHead) -> Claim:
    """Parse the signature of a request.

    Raises:
        RefusedError: the request is unsigned, or its signature is not in the form of Signature Version 4.
    """
    authorizations = head.values("authorization")
    query = parse_qsl(head.query, keep_blank_values=True)
    presigned = any(name in PRESIGNED for name, _ in query)
    if authorizations and presigned:
        raise RefusedError(
            "InvalidArgument", "A request must be signed in its header or in its query, not in both."
        )
    if presigned:
        return _parse_query(query)
    if not authorizations:
        raise RefusedError(
            "MissingAuthenticationToken",
            "The request is not signed. `make env` prints the credentials of this local cloud.",
        )
    found = AUTHORIZATION.fullmatch(authorizations[0])
    dates = head.values("x-amz-date")
    if len(authorizations) != 1 or found is None or len(dates) != 1:
        raise RefusedError(
            "IncompleteSignature", f"One Authorization with {ALGORITHM} and one X-Amz-Date are required."
        )
    headers = tuple(found["headers"].split(";"))
    return Claim(_parse_scope(found["credential"]), headers, found["signature"], dates[0])


def _parse_query(query: list[tuple[str, str]]) -> Claim:
    values = {name: [value for each, value in query if each == name] for name in PRESIGNED}
    if any(len(each) != 1 for each in values.values()):
        raise RefusedError(
            "AuthorizationQueryParametersError", f"Each of {', '.join(PRESIGNED)} is required once."
        )
    algorithm, credential, date, expires, headers, signature = (values[name][0] for name in PRESIGNED)
    seconds = int(expires) if re.fullmatch("[0-9]{1,6}", expires) else 0
    if algorithm != ALGORITHM or not 0 < seconds <= MAXIMUM_EXPIRY:
        raise RefusedError(
            "AuthorizationQueryParametersError",
            f"X-Amz-Algorithm must be {ALGORITHM}, X-Amz-Expires from 1 to {MAXIMUM_EXPIRY}.",
        )
    return Claim(_parse_scope(credential), tuple(headers.split(";")), signature, date, seconds)


def _parse_scope(credential: str) -> Scope:
    match credential.split("/"):
        case [key_id, day, region, service, terminator]:
            return Scope(key_id, day, region, service, terminator)
        case _:
            raise RefusedError(
                "IncompleteSignature",
                "The credential is not of the form key/day/region/service/aws4_request.",
            )
