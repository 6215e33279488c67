"""Resource types of IAM roles, policies and instance profiles."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.parameters import InputMapping
from localcloud.provisioning.resource_type import FollowUpCalls, ResourceType

IDENTITY: Final = {
    "aws:iam/role:Role": ResourceType(
        service="iam",
        operation="CreateRole",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
        outputs={"arn": "Role.Arn"},
    ),
    "aws:iam/rolePolicy:RolePolicy": ResourceType(
        service="iam",
        operation="PutRolePolicy",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ResourceType(
        service="iam",
        operation="AttachRolePolicy",
        id="@name",
        mapping=InputMapping(rename={"role": "RoleName"}),
    ),
    "aws:iam/instanceProfile:InstanceProfile": ResourceType(
        service="iam",
        operation="CreateInstanceProfile",
        id="@name",
        name_input="name",
        mapping=InputMapping(rename={"name": "InstanceProfileName"}),
        outputs={"arn": "InstanceProfile.Arn"},
        follow_ups=(
            FollowUpCalls(
                "AddRoleToInstanceProfile",
                ("role",),
                lambda created: [{"InstanceProfileName": created.name, "RoleName": created.inputs["role"]}],
            ),
        ),
    ),
}
