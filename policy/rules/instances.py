"""What an instance may be like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Resource, ResourceRule, block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.rule import Properties

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

RULE_IN: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

SHELLS: Final = (22, 3389)
"""SSH and RDP."""

ALL_PROTOCOLS: Final = "-1"


def _open_metadata(resource: Resource) -> Iterator[str]:
    if resource.type != TEMPLATE:
        return
    options = block(resource.properties, "metadataOptions")
    if options.get("httpTokens") != "required":
        yield "its metadata answers requests without a token (version 1)"
    if options.get("httpPutResponseHopLimit") != 1:
        yield "its metadata answers further away than the instance itself"


def _shell(resource: Resource) -> Iterator[str]:
    if resource.type == TEMPLATE and resource.properties.get("keyName"):
        yield "a key opens a shell on it"
    if resource.type == RULE_IN:
        yield from (f"it lets port {port} in" for port in SHELLS if _lets_in(resource.properties, port))


def _lets_in(rule: Properties, port: int) -> bool:
    """Say whether a rule opens a port."""
    if rule.get("ipProtocol") == ALL_PROTOCOLS:
        return True  # whatever ports it names (EC2 API reference, AuthorizeSecurityGroupIngress)
    return "fromPort" in rule and rule["fromPort"] <= port <= rule["toPort"]


MACHINES: Final = (
    ResourceRule(
        name="metadata-v2",
        serves="SEC02-BP02 Use temporary credentials",
        says="Instances answer only signed metadata requests (IMDSv2), and only their own.",
        check=_open_metadata,
    ),
    ResourceRule(
        name="no-shell",
        serves="SEC06-BP03 Reduce manual management and interactive access",
        says="No key and no port opens a shell on an instance.",
        check=_shell,
    ),
)
