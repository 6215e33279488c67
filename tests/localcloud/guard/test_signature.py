"""Verification of signatures: AWS's published ones and botocore's are valid, all others are not."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalable_models_localstack.guard.key import Key
from scalable_models_localstack.guard.signature import verify_signature
from scalable_models_localstack.guard.verdict import AccessLevel, Refusal, RefusedError
from tests.localcloud.guard.published import PUBLISHED, PublishedRequest
from tests.localcloud.guard.signed import KEY, examined, presigned, signed, with_header, without_header

if TYPE_CHECKING:
    from scalable_models_localstack.guard.request_head import RequestHead

PASSES = AccessLevel.CONTROL_PLANE


def refused(head: RequestHead, body: bytes = b"", *, now: datetime | None = None) -> str:
    verdict = examined(head, body, now=now)
    assert isinstance(verdict, Refusal), head
    return verdict.code


def with_authorization(head: RequestHead, pattern: str, text: str) -> RequestHead:
    """Return the request with a part of its Authorization replaced."""
    old = head.values("authorization")[0]
    new = re.sub(pattern, text, old)
    assert new != old
    return with_header(without_header(head, "authorization"), "Authorization", new)


@pytest.mark.parametrize("example", PUBLISHED, ids=lambda example: example.name)
def test_published_signatures_are_valid_only_with_their_key(example: PublishedRequest):
    def hash_body() -> str:
        return hashlib.sha256(example.body).hexdigest()

    verify_signature(example.head, hash_body, example.key, example.now)

    another = Key(example.key.id, example.key.secret.lower())
    with pytest.raises(RefusedError) as refusal:
        verify_signature(example.head, hash_body, another, example.now)
    assert refusal.value.refusal.code == "SignatureDoesNotMatch"


SEGMENTS = st.lists(
    st.text(min_size=1, max_size=8)
    .map(lambda text: quote(text, safe=""))
    .filter(lambda text: text.strip(".")),
    max_size=3,
)
QUERIES = st.lists(st.tuples(st.sampled_from("abAB"), st.text(max_size=5)), max_size=3)


def target_of(segments: list[str], query: list[tuple[str, str]]) -> str:
    return "/" + "/".join(segments) + (f"?{urlencode(query, quote_via=quote)}" if query else "")


TARGETS = st.builds(target_of, SEGMENTS, QUERIES)
METHODS = st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD"])
SERVICES = st.sampled_from(["s3", "ec2", "lambda", "ssm"])
FIELDS = {"Content-Type": "application/json", "X-Amz-Target": "AmazonSSM.PutParameter"}


@given(method=METHODS, target=TARGETS, body=st.binary(max_size=20), service=SERVICES)
def test_signatures_of_botocore_are_valid(method: str, target: str, body: bytes, service: str):
    assert examined(signed(method, target, body, FIELDS, service=service), body) is PASSES


@given(
    method=METHODS,
    target=TARGETS,
    body=st.binary(max_size=20),
    service=SERVICES,
    other_method=METHODS,
    other_target=TARGETS,
    other_body=st.binary(max_size=20),
    other_service=SERVICES,
)
def test_a_signature_is_valid_for_no_other_request(
    method: str,
    target: str,
    body: bytes,
    service: str,
    other_method: str,
    other_target: str,
    other_body: bytes,
    other_service: str,
):
    head = signed(method, target, body, FIELDS, service=service)
    others = [
        (replace(head, method=other_method), body, other_method == method),
        (replace(head, target=other_target), body, same_target(other_target, target)),
        (head, other_body, other_body == body),
    ]
    for other, its_body, same in others:
        assert (examined(other, its_body) is PASSES) == same
    if other_service != service:
        other = with_authorization(head, f"/{service}/", f"/{other_service}/")
        assert refused(other, body) in {"SignatureDoesNotMatch", "InvalidRequest"}


def same_target(one: str, other: str) -> bool:
    """Return whether two targets have the same path and the same parameters in any order."""
    (path, _, query), (other_path, _, other_query) = one.partition("?"), other.partition("?")
    return path == other_path and sorted(query.split("&")) == sorted(other_query.split("&"))


@pytest.mark.parametrize("name", ["content-type", "x-amz-target", "x-amz-date"])
def test_a_changed_removed_or_repeated_signed_header_is_refused(name: str):
    head = signed("POST", "/", b"{}", FIELDS, service="ssm")
    assert examined(head, b"{}") is PASSES
    stripped = without_header(head, name)
    for other in (stripped, with_header(stripped, name, "other"), with_header(head, name, "other")):
        assert refused(other, b"{}") in {"SignatureDoesNotMatch", "IncompleteSignature"}


@given(position=st.integers(0, 63), digit=st.sampled_from("0123456789abcdefABCDEF"))
def test_every_digit_of_the_signature_counts(position: int, digit: str):
    head = signed("GET", "/")
    found = re.search("Signature=([0-9a-f]{64})", head.values("authorization")[0])
    assert found
    forged = found[1][:position] + digit + found[1][position + 1 :]
    if forged != found[1]:
        assert refused(with_authorization(head, found[1], forged)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize("length", [0, 1, 63, 65])
def test_a_signature_of_another_length_is_refused(length: int):
    head = with_authorization(signed("GET", "/"), "Signature=.*", "Signature=" + "0" * length)
    assert refused(head) in {"SignatureDoesNotMatch", "IncompleteSignature"}


@pytest.mark.parametrize(
    ("pattern", "text", "code"),
    [
        (KEY.id, "test", "InvalidClientTokenId"),
        (KEY.id, "AKIDEXAMPLE", "InvalidClientTokenId"),
        (KEY.id, KEY.id.lower(), "InvalidClientTokenId"),
        ("/ec2/", "/", "IncompleteSignature"),
        ("aws4_request", "aws4", "SignatureDoesNotMatch"),
        ("eu-central-1", "us-east-1", "SignatureDoesNotMatch"),
        (r"/\d{8}/", "/20150830/", "SignatureDoesNotMatch"),
        ("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", "IncompleteSignature"),
        ("AWS4-HMAC-SHA256 .*", "AWS AKIDEXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=", "IncompleteSignature"),
        ("AWS4-HMAC-SHA256 .*", "Bearer token", "IncompleteSignature"),
        ("host;x-amz-date", "x-amz-date", "SignatureDoesNotMatch"),
        ("host;x-amz-date", "host", "SignatureDoesNotMatch"),
        ("host;x-amz-date", "host;x-amz-date;x-absent", "SignatureDoesNotMatch"),
        ("$", ", Signature=0", "IncompleteSignature"),
    ],
)
def test_a_forged_authorization_is_refused(pattern: str, text: str, code: str):
    assert refused(with_authorization(signed("GET", "/"), pattern, text)) == code


def test_another_secret_is_refused():
    assert refused(signed("GET", "/", key=Key(KEY.id, "another"))) == "SignatureDoesNotMatch"
    assert refused(presigned("GET", "/b/k", key=Key(KEY.id, "another"))) == "SignatureDoesNotMatch"


def test_two_signatures_are_refused_even_if_both_are_valid():
    head = signed("GET", "/")
    assert (
        refused(with_header(head, "Authorization", head.values("authorization")[0])) == "IncompleteSignature"
    )
    query = presigned("GET", "/b/k")
    assert refused(replace(query, headers=(*query.headers, *head.headers[1:]))) == "InvalidArgument"


@pytest.mark.parametrize("name", ["X-Amz-Target", "x-amz-acl", "X-Amz-Security-Token", "x-amz-copy-source"])
def test_a_header_of_aws_that_is_not_signed_is_refused(name: str):
    # IAM user guide, "Elements of an AWS API request signature": all x-amz-* headers must be signed.
    for head in (signed("PUT", "/b/k", service="s3"), presigned("PUT", "/b/k")):
        assert refused(with_header(head, name, "value")) == "SignatureDoesNotMatch"


# IAM user guide, "Elements of an AWS API request signature": five minutes. S3 API reference, "Authenticating
# Requests": fifteen.
@pytest.mark.parametrize(("service", "limit"), [("ec2", 5), ("lambda", 5), ("s3", 15)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_a_captured_request_can_be_repeated_for_five_minutes_and_for_fifteen_in_s3(
    service: str, limit: int, sign: int
):
    head, now = signed("GET", "/", service=service), datetime.now(UTC)
    assert examined(head, now=now + sign * timedelta(minutes=limit - 0.1)) is PASSES
    for later in (limit + 0.1, 60, 1440):
        assert refused(head, now=now + sign * timedelta(minutes=later)) == "RequestExpired"


@pytest.mark.parametrize("seconds", [-14 * 60, 0, 55])
def test_a_presigned_url_is_valid_until_it_expires(seconds: float):
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    assert examined(presigned("GET", "/b/k", expires=60), now=now) is PASSES


@pytest.mark.parametrize("seconds", [-16 * 60, 61, 15 * 60])
def test_a_presigned_url_is_not_valid_later_or_earlier(seconds: float):
    head = presigned("GET", "/b/k", expires=60)  # before the time, which a busy machine can only put off
    now = datetime.now(UTC) + timedelta(seconds=seconds)
    assert refused(head, now=now) == "RequestExpired"


@pytest.mark.parametrize("expires", [0, -1, 604_801, 10**9])
def test_a_presigned_url_for_more_than_seven_days_is_refused(expires: int):
    assert refused(presigned("GET", "/b/k", expires=expires)) == "AuthorizationQueryParametersError"
    assert examined(presigned("GET", "/b/k", expires=604_800)) is PASSES


def test_a_presigned_url_is_for_one_method_object_and_set_of_parameters():
    head = presigned("GET", "/b/k?versionId=1")
    assert examined(head) is PASSES
    assert examined(head, b"its body is not signed") is PASSES
    for other in (
        replace(head, method="PUT"),
        replace(head, target=head.target.replace("/b/k", "/b/j")),
        replace(head, target=head.target.replace("versionId=1", "versionId=2")),
        replace(head, target=head.target + "&acl"),
        replace(head, target=head.target.replace("Expires=60", "Expires=61")),
        replace(head, target=head.target.replace("eu-central-1", "us-east-1")),
    ):
        assert other != head
        assert refused(other) == "SignatureDoesNotMatch"
    for name in ("Algorithm", "Credential", "Date", "Expires", "SignedHeaders", "Signature"):
        parts = head.target.split("&")
        missing = replace(head, target="&".join(part for part in parts if f"X-Amz-{name}" not in part))
        repeated = replace(head, target=f"{head.target}&X-Amz-{name}=x")
        assert refused(missing) == refused(repeated) == "AuthorizationQueryParametersError"


UNSIGNED = ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]
CHUNKED = ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER"]


@pytest.mark.parametrize("payload", UNSIGNED)
def test_only_s3_accepts_an_unsigned_body(payload: str):
    field = {"X-Amz-Content-SHA256": payload}
    assert examined(signed("PUT", "/b/k", b"", field, service="s3"), b"any") is PASSES
    assert refused(signed("PUT", "/b/k", b"", field, service="lambda"), b"any") == "InvalidRequest"


@pytest.mark.parametrize("payload", [*CHUNKED, "", "UNSIGNED-PAYLOAD, UNSIGNED-PAYLOAD", "0" * 63, "X" * 64])
@pytest.mark.parametrize("service", ["s3", "lambda"])
def test_other_values_for_the_hash_of_a_body_are_refused(payload: str, service: str):
    head = signed("PUT", "/b/k", b"", {"X-Amz-Content-SHA256": payload}, service=service)
    assert refused(head, b"any") == "InvalidRequest"


@pytest.mark.parametrize("service", ["s3", "lambda"])
def test_the_signed_hash_is_compared_with_the_body(service: str):
    field = {"X-Amz-Content-SHA256": hashlib.sha256(b"signed").hexdigest()}
    head = signed("PUT", "/b/k", b"signed", field, service=service)
    assert examined(head, b"signed") is PASSES
    assert refused(head, b"sent") == "XAmzContentSHA256Mismatch"


def test_s3_needs_the_hash_in_the_header():
    head = without_header(signed("PUT", "/b/k", b"x", service="s3"), "x-amz-content-sha256")
    head = with_authorization(head, "x-amz-content-sha256;", "")
    assert refused(head, b"x") == "InvalidRequest"


@pytest.mark.parametrize("path", ["/a/../b", "/a/./b", "//b", "/a//b", "/.."])
def test_a_path_that_is_not_normalised_is_refused_except_for_s3(path: str):
    assert refused(signed("GET", path, service="lambda")) == "SignatureDoesNotMatch"
    assert examined(signed("GET", path, service="s3")) is PASSES
