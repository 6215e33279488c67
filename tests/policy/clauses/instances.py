from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

IMDSV1 = "it: its metadata service answers requests without a token (IMDSv1)"
HOP_LIMIT = "it: its metadata service answers beyond the instance (hop limit above 1)"
SSH = "it: it opens port 22"
RDP = "it: it opens port 3389"

NOTHING: dict[str, Any] = {}
OPTIONAL: dict[str, Any] = {"httpTokens": "optional"}
TWO_HOPS: dict[str, Any] = {"httpPutResponseHopLimit": 2}


def metadata(kind: str = TEMPLATE, /, **options: Any) -> tuple[Resource, ...]:
    return (resource(kind, metadataOptions=options),)


def ports(first: int, last: int, kind: str = INGRESS_RULE) -> tuple[Resource, ...]:
    return (resource(kind, ipProtocol="tcp", fromPort=first, toPort=last),)


CASES = (
    Case(
        "imdsv2-required", "tokens, and one hop", metadata(httpTokens="required", httpPutResponseHopLimit=1)
    ),
    *(
        Case("imdsv2-required", f"tokens: {tokens}", metadata(httpPutResponseHopLimit=1, **tokens), (IMDSV1,))
        for tokens in (OPTIONAL, NOTHING)
    ),
    *(
        Case("imdsv2-required", f"hops: {hops}", metadata(httpTokens="required", **hops), (HOP_LIMIT,))
        for hops in (TWO_HOPS, NOTHING)
    ),
    Case("imdsv2-required", "no options", (resource(TEMPLATE),), (IMDSV1, HOP_LIMIT)),
    Case("imdsv2-required", "another resource type", metadata(INGRESS_RULE)),
    Case("no-ssh-or-rdp", "a key", (resource(TEMPLATE, keyName="mine"),), ("it: it has a key pair for SSH",)),
    Case("no-ssh-or-rdp", "no key", (resource(TEMPLATE), resource(TEMPLATE, keyName=""))),
    Case("no-ssh-or-rdp", "a key of another resource type", (resource(EGRESS_RULE, keyName="mine"),)),
    *(
        Case("no-ssh-or-rdp", f"ports {first} to {last}", ports(first, last), findings)
        for first, last, findings in (
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
    # `-1` opens all ports and ignores the port range (EC2 API reference, AuthorizeSecurityGroupIngress).
    Case(
        "no-ssh-or-rdp",
        "all protocols",
        (
            resource(INGRESS_RULE, ipProtocol="-1"),
            resource(INGRESS_RULE, ipProtocol="-1", fromPort=443, toPort=443),
        ),
        (SSH, RDP, SSH, RDP),
    ),
    Case("no-ssh-or-rdp", "a protocol without ports", (resource(INGRESS_RULE, ipProtocol="icmp"),)),
    Case("no-ssh-or-rdp", "an egress rule", ports(0, 65_535, kind=EGRESS_RULE)),
)
