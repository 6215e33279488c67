"""Responses to refused requests, for AWS's own clients and for others."""

from __future__ import annotations

import json
from typing import Any, cast

import botocore.session
import pytest
from botocore.parsers import create_parser

from scalable_models_localstack.guard.refusal_body import write_refusal
from scalable_models_localstack.guard.request_head import RequestHead
from scalable_models_localstack.guard.verdict import Refusal
from tests.localcloud.guard.signed import HOST, signed

REFUSAL = Refusal("SignatureDoesNotMatch", "The signature is <wrong> & old.")


@pytest.mark.parametrize(
    ("service", "operation", "media_type"),
    [
        ("ec2", "DescribeVpcs", "application/x-www-form-urlencoded; charset=utf-8"),
        ("sns", "ListTopics", "application/x-www-form-urlencoded; charset=utf-8"),
        ("autoscaling", "DescribePolicies", "application/x-www-form-urlencoded; charset=utf-8"),
        ("s3", "ListBuckets", None),
        ("route53", "ListHostedZones", None),
        ("ssm", "GetParameters", "application/x-amz-json-1.1"),
        ("wafv2", "ListWebACLs", "application/x-amz-json-1.1"),
        ("lambda", "ListFunctions", None),
        ("apigateway", "GetRestApis", None),
    ],
)
def test_aws_clients_parse_code_and_message(service: str, operation: str, media_type: str | None):
    head = signed("POST", "/", headers={"Content-Type": media_type} if media_type else {}, service=service)
    headers, body = write_refusal(REFUSAL, head)

    model = botocore.session.get_session().get_service_model(service)
    parser = cast("Any", create_parser(cast("Any", model.protocol)))
    shape = model.operation_model(operation).output_shape
    response = {
        "status_code": 403,
        "headers": {name.lower(): value for name, value in headers.items()},
        "body": body,
    }
    error = parser.parse(response, shape)["Error"]

    assert (error["Code"], error["Message"]) == (REFUSAL.code, REFUSAL.message)


def test_other_clients_get_problem_details():
    headers, body = write_refusal(REFUSAL, RequestHead("GET", "/", (("Host", HOST),)))

    assert headers["Content-Type"] == "application/problem+json"
    # RFC 9457, section 3.1
    problem = json.loads(body)
    assert {key: problem[key] for key in ("type", "title", "status", "detail")} == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": REFUSAL.message,
    }
