from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
RULE_IN = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
RULE_OUT = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

NO_TOKEN = "it: its metadata answers requests without a token (version 1)"  # noqa: S105 (a sentence)
FAR = "it: its metadata answers further away than the instance itself"
SSH = "it: it lets port 22 in"
RDP = "it: it lets port 3389 in"

NOTHING: dict[str, Any] = {}
OPTIONAL: dict[str, Any] = {"httpTokens": "optional"}
TWO_HOPS: dict[str, Any] = {"httpPutResponseHopLimit": 2}


def metadata(kind: str = TEMPLATE, /, **options: Any) -> tuple[Resource, ...]:
    return (resource(kind, metadataOptions=options),)


def ports(first: int, last: int, kind: str = RULE_IN) -> tuple[Resource, ...]:
    return (resource(kind, ipProtocol="tcp", fromPort=first, toPort=last),)


CASES = (
    Case("metadata-v2", "tokens, and one hop", metadata(httpTokens="required", httpPutResponseHopLimit=1)),
    *(
        Case("metadata-v2", f"tokens: {tokens}", metadata(httpPutResponseHopLimit=1, **tokens), (NO_TOKEN,))
        for tokens in (OPTIONAL, NOTHING)
    ),
    *(
        Case("metadata-v2", f"hops: {hops}", metadata(httpTokens="required", **hops), (FAR,))
        for hops in (TWO_HOPS, NOTHING)
    ),
    Case("metadata-v2", "no options", (resource(TEMPLATE),), (NO_TOKEN, FAR)),
    Case("metadata-v2", "what is no template", metadata(RULE_IN)),
    Case("no-shell", "a key", (resource(TEMPLATE, keyName="mine"),), ("it: a key opens a shell on it",)),
    Case("no-shell", "no key", (resource(TEMPLATE), resource(TEMPLATE, keyName=""))),
    Case("no-shell", "a key of what is no template", (resource(RULE_OUT, keyName="mine"),)),
    *(
        Case("no-shell", f"ports {first} to {last}", ports(first, last), says)
        for first, last, says in (
            (22, 22, (SSH,)),
            (20, 22, (SSH,)),
            (22, 30, (SSH,)),
            (20, 25, (SSH,)),
            (3389, 3389, (RDP,)),
            (3000, 3389, (RDP,)),
            (3389, 4000, (RDP,)),
            (0, 65_535, (SSH, RDP)),
            (0, 21, ()),
            (23, 3388, ()),
            (3390, 65_535, ()),
        )
    ),
    # With `-1` it is all ports, whatever is said of them (EC2 API reference, AuthorizeSecurityGroupIngress).
    Case(
        "no-shell",
        "all protocols",
        (resource(RULE_IN, ipProtocol="-1"), resource(RULE_IN, ipProtocol="-1", fromPort=443, toPort=443)),
        (SSH, RDP, SSH, RDP),
    ),
    Case("no-shell", "a protocol that has no ports", (resource(RULE_IN, ipProtocol="icmp"),)),
    Case("no-shell", "a way out", ports(0, 65_535, kind=RULE_OUT)),
)
