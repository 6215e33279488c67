"""How web ACLs are made and put in front of something."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.resource_type import Row

FIREWALL: Final = {
    "aws:wafv2/webAcl:WebAcl": Row(
        service="wafv2",
        create="CreateWebACL",
        id="Summary.Id",
        named="name",
        outputs={"arn": "Summary.ARN"},
    ),
    "aws:wafv2/ipSet:IpSet": Row(
        service="wafv2",
        create="CreateIPSet",
        id="Summary.Id",
        named="name",
        outputs={"arn": "Summary.ARN"},
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Row(
        service="wafv2",
        create="PutLoggingConfiguration",
        id="LoggingConfiguration.ResourceArn",
        nested="LoggingConfiguration",
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Row(
        service="wafv2", create="AssociateWebACL", id="@name"
    ),
}
