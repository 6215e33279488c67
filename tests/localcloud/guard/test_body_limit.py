"""Limits of request bodies, known from the head of a request."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from scalable_models_localstack.guard.body_limit import body_limit, body_too_large
from scalable_models_localstack.guard.key import Key
from scalable_models_localstack.guard.refusal_body import write_refusal
from scalable_models_localstack.guard.request_head import RequestHead
from scalable_models_localstack.guard.verdict import Refusal
from tests.localcloud.guard.signed import HOST, KEY, PORT, presigned, signed, with_header

if TYPE_CHECKING:
    from collections.abc import Mapping

STAGE = RequestHead("POST", "/_aws/execute-api/abc123/live/x", (("Host", HOST),))
MEGABYTE = 2**20

SIGNED_AT = datetime.now(UTC)
"""Time of this module's signatures, which expire before the last test of a suite runs."""


def limit(head: RequestHead) -> int | Refusal:
    return body_limit(head, port=PORT, key=KEY, now=SIGNED_AT)


@pytest.mark.parametrize(
    ("head", "maximum"),
    [
        # "Quotas for configuring and running a REST API": 10 MB.
        (STAGE, 10 * MEGABYTE),
        # CreateFunction: an archive of 50 MB in base64. Its error message names the limit.
        (signed("POST", "/2015-03-31/functions", b"{}", service="lambda"), 70_167_211),
        (signed("POST", "/", b"Action=DescribeVpcs"), 70_167_211),
        # "Uploading objects", S3 user guide: 5 GB in a single operation.
        (signed("PUT", "/b/k", b"x", service="s3"), 5 * 1024 * MEGABYTE),
        (presigned("PUT", "/b/k"), 5 * 1024 * MEGABYTE),
    ],
    ids=["stage", "Lambda", "EC2", "S3", "presigned"],
)
def test_a_body_has_at_most_the_bytes_that_aws_allows(head: RequestHead, maximum: int):
    assert limit(head) == maximum


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (RequestHead("POST", "/", (("Host", HOST),)), "MissingAuthenticationToken"),
        (RequestHead("POST", "/", (("Host", "evil.example"),)), "AccessDenied"),
        (signed("POST", "/", key=Key("another", "another")), "InvalidClientTokenId"),
        (with_header(signed("POST", "/"), "Origin", "null"), "AccessDenied"),
        # With a declared hash, the signature needs no body.
        (signed("PUT", "/b/k", b"x", service="s3", key=Key(KEY.id, "another")), "SignatureDoesNotMatch"),
        (presigned("PUT", "/b/k", key=Key(KEY.id, "another")), "SignatureDoesNotMatch"),
    ],
    ids=["unsigned", "foreign host", "another key", "from a page", "S3's hash", "presigned"],
)
def test_a_request_is_refused_before_its_body(head: RequestHead, code: str):
    verdict = limit(head)
    assert isinstance(verdict, Refusal)
    assert (verdict.code, verdict.status) == (code, HTTPStatus.FORBIDDEN)


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (STAGE, {"Content-Type": "application/json"}),
        (RequestHead("POST", "/", (("Host", HOST),)), {"Content-Type": "application/problem+json"}),
    ],
    ids=["stage", "AWS API"],
)
def test_a_body_that_is_too_large_is_a_413_in_the_clients_format(
    head: RequestHead, media_type: Mapping[str, str]
):
    refusal = body_too_large(10_485_760)
    headers, body = write_refusal(refusal, head)
    assert refusal.status == 413
    assert headers.items() >= media_type.items()
    assert b'"message": "HTTP content length exceeded 10485760 bytes."' in body
