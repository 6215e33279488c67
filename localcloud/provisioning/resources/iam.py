"""How IAM roles and instance profiles are made."""

from __future__ import annotations

from typing import Final

from localcloud.provisioning.parameters import Names
from localcloud.provisioning.resource_type import Row, Then

IDENTITY: Final = {
    "aws:iam/role:Role": Row(
        service="iam",
        create="CreateRole",
        id="@name",
        named="name",
        names=Names(rename={"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"}),
        outputs={"arn": "Role.Arn"},
    ),
    "aws:iam/rolePolicy:RolePolicy": Row(
        service="iam",
        create="PutRolePolicy",
        id="@name",
        named="name",
        names=Names(rename={"name": "PolicyName", "role": "RoleName", "policy": "PolicyDocument"}),
    ),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": Row(
        service="iam", create="AttachRolePolicy", id="@name", names=Names(rename={"role": "RoleName"})
    ),
    "aws:iam/instanceProfile:InstanceProfile": Row(
        service="iam",
        create="CreateInstanceProfile",
        id="@name",
        named="name",
        names=Names(rename={"name": "InstanceProfileName"}),
        outputs={"arn": "InstanceProfile.Arn"},
        then=(
            Then(
                "AddRoleToInstanceProfile",
                ("role",),
                lambda made: [{"InstanceProfileName": made.name, "RoleName": made.inputs["role"]}],
            ),
        ),
    ),
}
