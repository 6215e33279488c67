"""Encryption in transit: TLS of listeners, custom domains and buckets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, blocks, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LISTENER: Final = "aws:lb/listener:Listener"
DOMAIN: Final = "aws:apigateway/domainName:DomainName"
BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"

ELB_POLICY_PREFIX: Final = "ELBSecurityPolicy-TLS13-1-"
"""Prefix of the ELB security policies with TLS 1.3; the oldest minor version that they accept follows it."""

REQUESTED_HOST: Final = "#{host}"
"""Host of a redirect that repeats the request's, which is the default."""

HSTS_ATTRIBUTE: Final = "routingHttpResponseStrictTransportSecurityHeaderValue"

DEPRECATED_TLS: Final = ("0-", "1-")
"""Deprecated minor versions of TLS 1 (RFC 8996)."""

API_GATEWAY_POLICY_PREFIXES: Final = ("TLS_1_2", "SecurityPolicy_TLS12", "SecurityPolicy_TLS13")
"""Prefixes of the API Gateway security policies that accept only TLS 1.2 and above."""


def _deprecated_tls(resource: Resource) -> Iterator[str]:
    given = resource.properties
    if resource.type == LISTENER and given.get("protocol") == "HTTPS":
        policy = str(given.get("sslPolicy"))
        rest = policy.removeprefix(ELB_POLICY_PREFIX)
        if rest == policy or rest.startswith(DEPRECATED_TLS):
            yield f"its policy is {given.get('sslPolicy')}"
    if resource.type == DOMAIN and not str(given.get("securityPolicy")).startswith(
        API_GATEWAY_POLICY_PREFIXES
    ):
        yield f"its policy is {given.get('securityPolicy')}"


def _plain_text_next_to_https(resources: Sequence[Resource]) -> Iterator[Finding]:
    listeners = of_type(resources, LISTENER)
    encrypting = [each for each in listeners if each.properties["protocol"] == "HTTPS"]
    encrypted = {each.properties["loadBalancerArn"] for each in encrypting}
    for listener in listeners:
        given = listener.properties
        if listener in encrypting or given["loadBalancerArn"] not in encrypted:
            continue
        redirects = [block(action, "redirect") for action in blocks(given, "defaultActions")]
        if {redirect.get("protocol") for redirect in redirects} != {"HTTPS"}:
            yield listener, "it answers in plain text next to an HTTPS listener"
        elif REQUESTED_HOST in str([redirect.get("host", REQUESTED_HOST) for redirect in redirects]):
            yield listener, "it redirects to the host that a request names"


def _without_hsts(resource: Resource) -> Iterator[str]:
    if resource.type == LISTENER and resource.properties.get("protocol") == "HTTPS":
        value = str(resource.properties.get(HSTS_ATTRIBUTE))
        if not value.startswith("max-age=") or value.startswith("max-age=0"):
            yield "browsers may return to plain HTTP"


def _buckets_without_tls(resources: Sequence[Resource]) -> Iterator[Finding]:
    policies: dict[Any, list[dict[str, Any]]] = {}
    for policy in of_type(resources, BUCKET_POLICY):
        document = json.loads(policy.properties["policy"])
        policies[policy.properties["bucket"]] = cast("list[dict[str, Any]]", document["Statement"])
    for bucket in of_type(resources, BUCKET):
        arn = bucket.properties["arn"]
        statements = policies.get(bucket.properties["bucket"], [])
        if not any(_denies_plain_text(statement, arn) for statement in statements):
            yield bucket, "it can be read without TLS"


def _denies_plain_text(statement: dict[str, Any], arn: str) -> bool:
    return (
        (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        and set(statement["Resource"]) == {arn, f"{arn}/*"}
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


IN_TRANSIT: Final = "SEC09-BP02 Enforce encryption in transit"

ENCRYPTION_IN_TRANSIT_RULES: Final = (
    ResourceRule(
        name="tls-minimum-version",
        best_practice=IN_TRANSIT,
        description="Listeners and custom domains accept only TLS 1.2 and above.",
        check=_deprecated_tls,
    ),
    StackRule(
        name="http-redirects-to-https",
        best_practice=IN_TRANSIT,
        description="HTTP listeners next to an HTTPS listener only redirect to HTTPS, and to a fixed name.",
        check=_plain_text_next_to_https,
    ),
    ResourceRule(
        name="hsts-enabled",
        best_practice=IN_TRANSIT,
        description="HTTPS listeners add `Strict-Transport-Security` to responses.",
        check=_without_hsts,
    ),
    StackRule(
        name="buckets-require-tls",
        best_practice=IN_TRANSIT,
        description="S3 buckets deny requests without TLS.",
        check=_buckets_without_tls,
    ),
)
