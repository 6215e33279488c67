"""Resource types of WAF web ACLs, IP sets, logging and associations."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.resource_type import ResourceType

FIREWALL: Final = {
    "aws:wafv2/webAcl:WebAcl": ResourceType(
        service="wafv2",
        operation="CreateWebACL",
        id="Summary.Id",
        name_input="name",
        outputs={"arn": "Summary.ARN"},
    ),
    "aws:wafv2/ipSet:IpSet": ResourceType(
        service="wafv2",
        operation="CreateIPSet",
        id="Summary.Id",
        name_input="name",
        outputs={"arn": "Summary.ARN"},
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": ResourceType(
        service="wafv2",
        operation="PutLoggingConfiguration",
        id="LoggingConfiguration.ResourceArn",
        nested_parameter="LoggingConfiguration",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": ResourceType(
        service="wafv2", operation="AssociateWebACL", id="@name"
    ),
}
