"""What travels travels encrypted."""

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

TLS_OF_BALANCERS: Final = "ELBSecurityPolicy-TLS13-1-"
"""How the names of the policies begin that speak 1.3; what follows says how far back they go."""

TOO_FAR_BACK: Final = ("0-", "1-")
"""Minor versions of TLS 1 that nobody should speak any more (RFC 8996)."""

TLS_OF_APIS: Final = ("TLS_1_2", "SecurityPolicy_TLS12", "SecurityPolicy_TLS13")
"""How the names of the policies begin that speak 1.2 and above alone."""


def _old_tls(resource: Resource) -> Iterator[str]:
    given = resource.properties
    if resource.type == LISTENER and given.get("protocol") == "HTTPS":
        policy = str(given.get("sslPolicy"))
        rest = policy.removeprefix(TLS_OF_BALANCERS)
        if rest == policy or rest.startswith(TOO_FAR_BACK):
            yield f"its policy is {given.get('sslPolicy')}"
    if resource.type == DOMAIN and not str(given.get("securityPolicy")).startswith(TLS_OF_APIS):
        yield f"its policy is {given.get('securityPolicy')}"


def _plain_beside_tls(resources: Sequence[Resource]) -> Iterator[Finding]:
    listeners = of_type(resources, LISTENER)
    encrypting = [one for one in listeners if one.properties["protocol"] == "HTTPS"]
    encrypted = {one.properties["loadBalancerArn"] for one in encrypting}
    for listener in listeners:
        given = listener.properties
        if listener in encrypting or given["loadBalancerArn"] not in encrypted:
            continue
        ways = [block(action, "redirect").get("protocol") for action in blocks(given, "defaultActions")]
        if set(ways) != {"HTTPS"}:
            yield listener, "it answers in plain text beside one that encrypts"


def _plain_buckets(resources: Sequence[Resource]) -> Iterator[Finding]:
    policies: dict[Any, list[dict[str, Any]]] = {}
    for policy in of_type(resources, BUCKET_POLICY):
        document = json.loads(policy.properties["policy"])
        policies[policy.properties["bucket"]] = cast("list[dict[str, Any]]", document["Statement"])
    for bucket in of_type(resources, BUCKET):
        arn = bucket.properties["arn"]
        statements = policies.get(bucket.properties["bucket"], [])
        if not any(_denies_plain_text(statement, arn) for statement in statements):
            yield bucket, "it is read in plain text by whoever asks so"


def _denies_plain_text(statement: dict[str, Any], arn: str) -> bool:
    return (
        (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        and set(statement["Resource"]) == {arn, f"{arn}/*"}
        and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
    )


IN_TRANSIT: Final = "SEC09-BP02 Enforce encryption in transit"

TRANSIT: Final = (
    ResourceRule(
        name="tls-current",
        serves=IN_TRANSIT,
        says="Where TLS is spoken, it is 1.2 or above.",
        check=_old_tls,
    ),
    StackRule(
        name="tls-alone",
        serves=IN_TRANSIT,
        says="Where TLS is spoken, plain text is only told to go there.",
        check=_plain_beside_tls,
    ),
    StackRule(
        name="buckets-tls",
        serves=IN_TRANSIT,
        says="Buckets are read over TLS alone.",
        check=_plain_buckets,
    ),
)
