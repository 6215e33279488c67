"""Signed requests that AWS published as examples."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scalable_models_localstack.guard.key import Key
from scalable_models_localstack.guard.request_head import RequestHead


@dataclass(frozen=True)
class PublishedRequest:
    """Request with the signature that AWS published."""

    name: str
    key: Key
    head: RequestHead
    body: bytes
    now: datetime


SUITE: Final = Key("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SUITE_TIME: Final = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
S3_GUIDE: Final = Key("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
S3_TIME: Final = datetime(2013, 5, 24, tzinfo=UTC)

FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
WELCOME: Final = b"Welcome to Amazon S3."


def _suite(
    name: str,
    method: str,
    target: str,
    signature: str,
    *headers: tuple[str, str],
    body: bytes = b"",
    service: str = "service",
    host: str = "example.amazonaws.com",
) -> PublishedRequest:
    fields = (("Host", host), ("X-Amz-Date", "20150830T123600Z"), *headers)
    scope = f"{SUITE.id}/20150830/us-east-1/{service}"
    head = RequestHead(method, target, (*fields, _authorization(scope, fields, signature)))
    return PublishedRequest(name, SUITE, head, body, SUITE_TIME)


def _s3(
    name: str, method: str, target: str, signature: str, *headers: tuple[str, str], body: bytes = b""
) -> PublishedRequest:
    fields = (
        ("Host", "examplebucket.s3.amazonaws.com"),
        ("x-amz-content-sha256", hashlib.sha256(body).hexdigest()),
        ("x-amz-date", "20130524T000000Z"),
        *headers,
    )
    scope = f"{S3_GUIDE.id}/20130524/us-east-1/s3"
    head = RequestHead(method, target, (*fields, _authorization(scope, fields, signature)))
    return PublishedRequest(name, S3_GUIDE, head, body, S3_TIME)


def _authorization(scope: str, headers: tuple[tuple[str, str], ...], signature: str) -> tuple[str, str]:
    signed = ";".join(sorted(name.lower() for name, _ in headers))
    text = f"AWS4-HMAC-SHA256 Credential={scope}/aws4_request, SignedHeaders={signed}, Signature={signature}"
    return "Authorization", text


PUBLISHED: Final = [
    # Signature Version 4 test suite.
    _suite("get-vanilla", "GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
    _suite("post-vanilla", "POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
    _suite(
        "get-vanilla-query-order-key-case",
        "GET",
        "/?Param2=value2&Param1=value1",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    _suite(
        "get-header-value-trim",
        "GET",
        "/",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ("My-Header1", " value1"),
        ("My-Header2", ' "a   b   c"'),
    ),
    _suite(
        "post-x-www-form-urlencoded",
        "POST",
        "/",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        FORM,
        body=b"Param1=value1",
    ),
    # "Create a signed AWS API request", IAM user guide.
    _suite(
        "iam-list-users",
        "GET",
        "/?Action=ListUsers&Version=2010-05-08",
        "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
        (FORM[0], f"{FORM[1]}; charset=utf-8"),
        service="iam",
        host="iam.amazonaws.com",
    ),
    # "Signature Calculations for the Authorization Header", S3 API reference.
    _s3(
        "s3-get-object",
        "GET",
        "/test.txt",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ("Range", "bytes=0-9"),
    ),
    _s3(
        "s3-put-object",
        "PUT",
        "/test%24file.text",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ("Date", "Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
        body=WELCOME,
    ),
    # "Authenticating Requests: Using Query Parameters", S3 API reference.
    PublishedRequest(
        "s3-presigned-url",
        S3_GUIDE,
        RequestHead(
            "GET",
            "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
            "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders="
            "host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            (("Host", "examplebucket.s3.amazonaws.com"),),
        ),
        b"",
        S3_TIME,
    ),
]
