from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

LISTENER = "aws:lb/listener:Listener"
DOMAIN = "aws:apigateway/domainName:DomainName"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
OTHER_TYPE = "aws:ec2/vpc:Vpc"

# Elastic Load Balancing user guide, "Security policies for your Application Load Balancer".
CURRENT = ("TLS13-1-2-2021-06", "TLS13-1-3-2021-06", "TLS13-1-2-Res-2021-06", "TLS13-1-2-FIPS-2023-04")
OLD = ("TLS13-1-0-2021-06", "TLS13-1-1-2021-06", "2016-08", "TLS-1-2-2017-01", "FS-1-2-Res-2020-10")

# API Gateway developer guide, "Security policies for REST APIs".
CURRENT_API_GATEWAY = ("TLS_1_2", "SecurityPolicy_TLS12_PFS_2025_EDGE", "SecurityPolicy_TLS13_1_3_2025_09")


def https(policy: str, balancer: str = "a", name: str = "https", **given: object) -> Resource:
    return resource(
        LISTENER,
        name,
        **{
            "loadBalancerArn": balancer,
            "protocol": "HTTPS",
            "sslPolicy": f"ELBSecurityPolicy-{policy}",
            **given,
        },
    )


def plain(*actions: dict[str, Any], balancer: str = "a") -> Resource:
    return resource(LISTENER, loadBalancerArn=balancer, protocol="HTTP", defaultActions=list(actions))


FORWARD = {"type": "forward"}
REDIRECT = {"type": "redirect", "redirect": {"protocol": "HTTPS", "host": "iris.example.com"}}
HSTS = "routingHttpResponseStrictTransportSecurityHeaderValue"
IN_PLAIN_TEXT = "it: it answers in plain text next to an HTTPS listener"

DENIED: dict[str, Any] = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:a", "arn:a/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
NO_TLS = "it: it can be read without TLS"


def bucket(*statements: dict[str, Any], of: str = "a") -> tuple[Resource, ...]:
    return (
        resource(BUCKET, bucket="a", arn="arn:a"),
        resource(BUCKET_POLICY, "policy", bucket=of, policy=json.dumps({"Statement": list(statements)})),
    )


CASES = (
    *(Case("tls-minimum-version", policy, (https(policy),)) for policy in CURRENT),
    *(
        Case(
            "tls-minimum-version",
            policy,
            (https(policy),),
            (f"https: its policy is ELBSecurityPolicy-{policy}",),
        )
        for policy in OLD
    ),
    Case(
        "tls-minimum-version",
        "the default of AWS, which is of 2016",
        (https("", sslPolicy=None),),
        ("https: its policy is None",),
    ),
    Case("tls-minimum-version", "an HTTP listener", (plain(FORWARD),)),
    Case("tls-minimum-version", "another resource type", (resource(OTHER_TYPE, protocol="HTTPS"),)),
    *(
        Case("tls-minimum-version", f"a domain with {policy}", (resource(DOMAIN, securityPolicy=policy),))
        for policy in CURRENT_API_GATEWAY
    ),
    Case(
        "tls-minimum-version",
        "a domain with TLS 1.0",
        (resource(DOMAIN, securityPolicy="TLS_1_0"),),
        ("it: its policy is TLS_1_0",),
    ),
    Case(
        "tls-minimum-version",
        "a domain with the default of AWS",
        (resource(DOMAIN),),
        ("it: its policy is None",),
    ),
    Case("http-redirects-to-https", "only plain text", (plain(FORWARD),)),
    # The default of `host` is `#{host}`, the request's (ELB API reference, RedirectActionConfig).
    *(
        Case(
            "http-redirects-to-https",
            f"a redirect to {redirect}",
            (https("x"), plain({"type": "redirect", "redirect": {"protocol": "HTTPS", **redirect}})),
            ("it: it redirects to the host that a request names",),
        )
        for redirect in ({}, {"host": "#{host}"}, {"host": "www.#{host}"})
    ),
    *(
        Case("hsts-enabled", f"the value {value}", (https("x", **{HSTS: value}),))
        for value in ("max-age=31536000", "max-age=63072000; includeSubDomains")
    ),
    # RFC 6797, 6.1.1: `max-age=0` makes browsers forget the name.
    *(
        Case(
            "hsts-enabled",
            f"the value {value}",
            (https("x", **{HSTS: value}),),
            ("https: browsers may return to plain HTTP",),
        )
        for value in ("max-age=0", "includeSubDomains", "")
    ),
    Case("hsts-enabled", "no value", (https("x"),), ("https: browsers may return to plain HTTP",)),
    Case("hsts-enabled", "plain HTTP", (plain(FORWARD),)),
    Case("hsts-enabled", "another resource type", (resource(OTHER_TYPE, protocol="HTTPS"),)),
    Case(
        "http-redirects-to-https",
        "plain text of another load balancer",
        (https("x", balancer="b"), plain(FORWARD)),
    ),
    Case("http-redirects-to-https", "a redirect", (https("x"), plain(REDIRECT))),
    Case(
        "http-redirects-to-https", "two HTTPS listeners", (https("x"), https("y", defaultActions=[FORWARD]))
    ),
    *(
        Case(
            "http-redirects-to-https",
            "plain text next to TLS",
            (https("x"), plain(*actions)),
            (IN_PLAIN_TEXT,),
        )
        for actions in (
            (FORWARD,),
            (REDIRECT, FORWARD),
            (),
            ({"type": "redirect", "redirect": {"protocol": "HTTP"}},),
        )
    ),
    Case(
        "buckets-require-tls",
        "requests without TLS are denied",
        bucket({"Effect": "Allow"} | {**DENIED, "Effect": "Allow"}, DENIED),
    ),
    *(
        Case(
            "buckets-require-tls",
            f"denied, except for {change}",
            bucket({**DENIED, **change}),
            (NO_TLS,),
        )
        for change in (
            {"Effect": "Allow"},
            {"Principal": {"AWS": "arn:other"}},
            {"Action": "s3:GetObject"},
            {"Resource": ["arn:a"]},
            {"Resource": ["arn:a/*"]},
            {"Resource": ["arn:b", "arn:b/*"]},
            {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
            {"Condition": None},
        )
    ),
    Case("buckets-require-tls", "the policy of another bucket", bucket(DENIED, of="b"), (NO_TLS,)),
    Case("buckets-require-tls", "no policy", bucket(DENIED)[:1], (NO_TLS,)),
)
