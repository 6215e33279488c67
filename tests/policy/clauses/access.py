from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

ONE = {"Effect": "Allow", "Sid": "Ours", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key"}
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PUSH = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def policy(*statements: dict[str, Any], key: str = "policy") -> tuple[Resource, ...]:
    return (resource("aws:iam/rolePolicy:RolePolicy", **{key: json.dumps({"Statement": list(statements)})}),)


def without(statement: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != key}


def trust(**principal: object) -> tuple[Resource, ...]:
    return policy({**without(ONE, "Resource"), **principal}, key="assumeRolePolicy")


CASES = (
    Case("actions-named", "one action", policy(ONE)),
    Case(
        "actions-named",
        "every action of a service",
        policy({**ONE, "Action": "s3:*"}),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "actions-named",
        "every action there is",
        policy({**ONE, "Action": "*"}),
        ("it: its statement Ours allows *",),
    ),
    Case("actions-named", "actions by the beginning of their names", policy({**ONE, "Action": "s3:Get*"})),
    Case(
        "actions-named",
        "two services among others",
        policy({**ONE, "Action": ["s3:*", "s3:GetObject", "sqs:*"]}),
        ("it: its statement Ours allows s3:*, sqs:*",),
    ),
    # `NotAction` allows all but some (IAM user guide, "IAM JSON policy elements: NotAction").
    Case(
        "actions-named",
        "all actions but one",
        policy({**without(ONE, "Action"), "NotAction": "iam:PassRole"}),
        ("it: its statement Ours allows *",),
    ),
    Case(
        "actions-named",
        "a statement that has no name",
        policy({**without(ONE, "Sid"), "Action": "s3:*"}),
        ("it: its statement without a Sid allows s3:*",),
    ),
    Case("actions-named", "what is denied", policy({**ONE, "Effect": "Deny", "Action": "s3:*"})),
    Case(
        "actions-named",
        "the second of two statements",
        policy(ONE, {**ONE, "Sid": "Second", "Action": "s3:*"}),
        ("it: its statement Second allows s3:*",),
    ),
    Case(
        "actions-named",
        "one statement without a list around it",
        (resource(ROLE, policy=json.dumps({"Statement": {**ONE, "Action": "s3:*"}})),),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "actions-named",
        "a document that is no text",
        (resource(ROLE, policyDocument={"Statement": [{**ONE, "Action": "s3:*"}]}),),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "actions-named",
        "a trust",
        policy({**ONE, "Action": "sts:*"}, key="assumeRolePolicy"),
        ("it: its statement Ours allows sts:*",),
    ),
    Case("actions-named", "a document without statements", (resource(ROLE, policy="{}"),)),
    Case("actions-named", "no document", (resource(ROLE),)),
    *(
        Case("actions-named", f"the reason of {sid}", policy({**ONE, "Sid": sid, "Action": "kms:*"}))
        for sid in ("Administer", "OwnAccountOnly")
    ),
    Case("resources-named", "one resource", policy(ONE)),
    Case(
        "resources-named",
        "every resource",
        policy({**ONE, "Resource": "*"}),
        ("it: its statement Ours is about every resource, and nothing says why",),
    ),
    Case(
        "resources-named",
        "every resource among others",
        policy({**ONE, "Resource": ["arn:aws:s3:::bucket", "*"]}),
        ("it: its statement Ours is about every resource, and nothing says why",),
    ),
    Case(
        "resources-named",
        "all resources but one",
        policy({**without(ONE, "Resource"), "NotResource": "arn:aws:s3:::bucket"}),
        ("it: its statement Ours is about every resource, and nothing says why",),
    ),
    Case("resources-named", "a trust, which is about its role", trust(Principal={"Service": "ec2"})),
    *(
        Case("resources-named", f"the reason of {sid}", policy({**ONE, "Sid": sid, "Resource": "*"}))
        for sid in ("OpenSession", "WriteTraces", "Administer", "TellOfAlarms", "OwnAccountOnly")
    ),
    Case("principals-named", "no principal", policy(ONE)),
    Case("principals-named", "one principal", trust(Principal={"Service": "ec2.amazonaws.com"})),
    *(
        Case(
            "principals-named",
            f"everybody as {principal}",
            trust(Principal=principal),
            ("it: its statement Ours is about everybody, and nothing says why",),
        )
        for principal in ("*", {"AWS": "*"}, {"Service": "ec2.amazonaws.com", "AWS": ["arn:other", "*"]})
    ),
    Case(
        "principals-named",
        "everybody on a condition",
        trust(Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ),
    Case("principals-named", "the reason of BootOnly", trust(Principal="*", Sid="BootOnly")),
    Case("policies-own", "the one with a reason", (resource(ATTACHMENT, policyArn=PUSH),)),
    Case(
        "policies-own",
        "one without a reason",
        (resource(ATTACHMENT, policyArn=ADMINISTRATOR),),
        (f"it: nothing says why {ADMINISTRATOR} is taken as it is",),
    ),
    Case("policies-own", "no attachment", (resource(ROLE, policyArn=ADMINISTRATOR),)),
)
