"""Instance metadata service and remote shells of instances."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Resource, ResourceRule, block

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.rule import Properties

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

SHELL_PORTS: Final = (22, 3389)
"""SSH and RDP."""

ALL_PROTOCOLS: Final = "-1"


def _open_metadata(resource: Resource) -> Iterator[str]:
    if resource.type != TEMPLATE:
        return
    options = block(resource.properties, "metadataOptions")
    if options.get("httpTokens") != "required":
        yield "its metadata service answers requests without a token (IMDSv1)"
    if options.get("httpPutResponseHopLimit") != 1:
        yield "its metadata service answers beyond the instance (hop limit above 1)"


def _shell(resource: Resource) -> Iterator[str]:
    if resource.type == TEMPLATE and resource.properties.get("keyName"):
        yield "it has a key pair for SSH"
    if resource.type == INGRESS_RULE:
        yield from (f"it opens port {port}" for port in SHELL_PORTS if _opens_port(resource.properties, port))


def _opens_port(rule: Properties, port: int) -> bool:
    """Return whether an ingress rule opens a port."""
    if rule.get("ipProtocol") == ALL_PROTOCOLS:
        return True  # its port range is ignored (EC2 API reference, AuthorizeSecurityGroupIngress)
    return "fromPort" in rule and rule["fromPort"] <= port <= rule["toPort"]


INSTANCE_RULES: Final = (
    ResourceRule(
        name="imdsv2-required",
        best_practice="SEC02-BP02 Use temporary credentials",
        description="Instances require IMDSv2, with a hop limit of 1.",
        check=_open_metadata,
    ),
    ResourceRule(
        name="no-ssh-or-rdp",
        best_practice="SEC06-BP03 Reduce manual management and interactive access",
        description="Instances have no SSH key pair, and no ingress rule opens SSH or RDP.",
        check=_shell,
    ),
)
