from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

ONE = {"Effect": "Allow", "Sid": "Ours", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/key"}
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
PERMISSION = "aws:lambda/permission:Permission"
ACCOUNT = "123456789012"
SERVICE = {"Service": "budgets.amazonaws.com"}
FOR_ANY_ACCOUNT = "it: its statement Ours lets a service act for any account"
PUSH = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


def policy(*statements: dict[str, Any], key: str = "policy") -> tuple[Resource, ...]:
    return (resource("aws:iam/rolePolicy:RolePolicy", **{key: json.dumps({"Statement": list(statements)})}),)


def without(statement: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name != key}


def trust(**principal: object) -> tuple[Resource, ...]:
    return policy({**without(ONE, "Resource"), **principal}, key="assumeRolePolicy")


def grant(**parts: object) -> tuple[Resource, ...]:
    return policy({**ONE, **parts})


CASES = (
    Case("no-wildcard-actions", "one action", policy(ONE)),
    Case(
        "no-wildcard-actions",
        "every action of a service",
        policy({**ONE, "Action": "s3:*"}),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "no-wildcard-actions",
        "every action there is",
        policy({**ONE, "Action": "*"}),
        ("it: its statement Ours allows *",),
    ),
    Case("no-wildcard-actions", "actions with a common prefix", policy({**ONE, "Action": "s3:Get*"})),
    Case(
        "no-wildcard-actions",
        "two services among others",
        policy({**ONE, "Action": ["s3:*", "s3:GetObject", "sqs:*"]}),
        ("it: its statement Ours allows s3:*, sqs:*",),
    ),
    # `NotAction` allows all but some (IAM user guide, "IAM JSON policy elements: NotAction").
    Case(
        "no-wildcard-actions",
        "all actions but one",
        policy({**without(ONE, "Action"), "NotAction": "iam:PassRole"}),
        ("it: its statement Ours allows *",),
    ),
    Case(
        "no-wildcard-actions",
        "a statement without a Sid",
        policy({**without(ONE, "Sid"), "Action": "s3:*"}),
        ("it: its statement without a Sid allows s3:*",),
    ),
    Case("no-wildcard-actions", "a denied action", policy({**ONE, "Effect": "Deny", "Action": "s3:*"})),
    Case(
        "no-wildcard-actions",
        "the second of two statements",
        policy(ONE, {**ONE, "Sid": "Second", "Action": "s3:*"}),
        ("it: its statement Second allows s3:*",),
    ),
    Case(
        "no-wildcard-actions",
        "one statement that is not in a list",
        (resource(ROLE, policy=json.dumps({"Statement": {**ONE, "Action": "s3:*"}})),),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "no-wildcard-actions",
        "a document as an object",
        (resource(ROLE, policyDocument={"Statement": [{**ONE, "Action": "s3:*"}]}),),
        ("it: its statement Ours allows s3:*",),
    ),
    Case(
        "no-wildcard-actions",
        "a trust policy",
        policy({**ONE, "Action": "sts:*"}, key="assumeRolePolicy"),
        ("it: its statement Ours allows sts:*",),
    ),
    Case("no-wildcard-actions", "a document without statements", (resource(ROLE, policy="{}"),)),
    Case("no-wildcard-actions", "no document", (resource(ROLE),)),
    *(
        Case("no-wildcard-actions", f"the reason of {sid}", policy({**ONE, "Sid": sid, "Action": "kms:*"}))
        for sid in ("Administer", "OwnAccountOnly")
    ),
    Case("no-wildcard-resources", "one resource", policy(ONE)),
    Case(
        "no-wildcard-resources",
        "every resource",
        policy({**ONE, "Resource": "*"}),
        ("it: its statement Ours covers every resource, and no reason is recorded",),
    ),
    Case(
        "no-wildcard-resources",
        "every resource among others",
        policy({**ONE, "Resource": ["arn:aws:s3:::bucket", "*"]}),
        ("it: its statement Ours covers every resource, and no reason is recorded",),
    ),
    Case(
        "no-wildcard-resources",
        "all resources but one",
        policy({**without(ONE, "Resource"), "NotResource": "arn:aws:s3:::bucket"}),
        ("it: its statement Ours covers every resource, and no reason is recorded",),
    ),
    Case(
        "no-wildcard-resources",
        "a trust policy, which covers its own role",
        trust(Principal={"Service": "ec2"}),
    ),
    *(
        Case("no-wildcard-resources", f"the reason of {sid}", policy({**ONE, "Sid": sid, "Resource": "*"}))
        for sid in (
            *("OpenSession", "WriteTraces", "Administer", "OwnAccountOnly"),
            *("EncryptAlarms", "EncryptEvents", "EncryptBudgets"),
        )
    ),
    Case("no-wildcard-principals", "no principal", policy(ONE)),
    Case("no-wildcard-principals", "one principal", trust(Principal={"Service": "ec2.amazonaws.com"})),
    *(
        Case(
            "no-wildcard-principals",
            f"wildcard principal {principal}",
            trust(Principal=principal),
            ("it: its statement Ours covers every principal, and no reason is recorded",),
        )
        for principal in ("*", {"AWS": "*"}, {"Service": "ec2.amazonaws.com", "AWS": ["arn:other", "*"]})
    ),
    Case(
        "no-wildcard-principals",
        "a wildcard principal with a condition",
        trust(Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
    ),
    Case("no-wildcard-principals", "the reason of BootOnly", trust(Principal="*", Sid="BootOnly")),
    Case("service-principals-name-source", "no principal", policy(ONE)),
    Case("service-principals-name-source", "an account as principal", grant(Principal={"AWS": ACCOUNT})),
    Case("service-principals-name-source", "every principal", grant(Principal="*")),
    Case("service-principals-name-source", "a trust policy", trust(Principal=SERVICE)),
    Case("service-principals-name-source", "no condition", grant(Principal=SERVICE), (FOR_ANY_ACCOUNT,)),
    Case(
        "service-principals-name-source",
        "a condition about something else",
        grant(Principal=SERVICE, Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        (FOR_ANY_ACCOUNT,),
    ),
    *(
        Case(
            "service-principals-name-source",
            f"the source by {operator} {key} {value}",
            grant(Principal=SERVICE, Condition={operator: {key: value}}),
        )
        for operator, key, value in (
            ("StringEquals", "aws:SourceAccount", ACCOUNT),
            ("ArnEquals", "aws:SourceArn", f"arn:aws:cloudwatch:eu-west-1:{ACCOUNT}:alarm:*"),
            ("ArnLike", "aws:SourceArn", f"arn:aws:budgets::{ACCOUNT}:*"),
        )
    ),
    # A condition with `IfExists` or a negation holds without the key (IAM user guide, "Condition operators").
    *(
        Case(
            "service-principals-name-source",
            f"not the source by {operator} {key} {value}",
            grant(Principal=SERVICE, Condition={operator: {key: value}}),
            (FOR_ANY_ACCOUNT,),
        )
        for operator, key, value in (
            ("StringEqualsIfExists", "aws:SourceAccount", ACCOUNT),
            ("StringNotEquals", "aws:SourceAccount", ACCOUNT),
            ("ArnLike", "aws:SourceArn", "arn:aws:s3:::bucket"),
            ("ArnLike", "aws:SourceArn", f"arn:aws:budgets:::{ACCOUNT}"),
            ("ArnLike", "aws:SourceArn", "arn:aws:budgets::*:budget"),
            ("ArnLike", "aws:SourceArn", "arn:aws:budgets::1234567890123:budget"),
            ("ArnLike", "aws:SourceArn", "arn"),
        )
    ),
    *(
        Case("service-principals-name-source", f"the reason of {sid}", grant(Principal=SERVICE, Sid=sid))
        for sid in ("BalancerLogs", "EncryptEvents", "TellEvents")
    ),
    *(
        Case("service-principals-name-source", f"a function for {given}", (resource(PERMISSION, **given),))
        for given in (
            {"principal": ACCOUNT},
            {"principal": "s3.amazonaws.com", "sourceAccount": ACCOUNT},
            {"principal": "s3.amazonaws.com", "sourceArn": f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/one"},
        )
    ),
    *(
        Case(
            "service-principals-name-source",
            f"a function for {given}",
            (resource(PERMISSION, principal="s3.amazonaws.com", **given),),
            ("it: s3.amazonaws.com may act for any account",),
        )
        for given in ({}, {"sourceArn": "arn:aws:s3:::bucket"})
    ),
    Case("no-aws-managed-policies", "the policy with a reason", (resource(ATTACHMENT, policyArn=PUSH),)),
    Case(
        "no-aws-managed-policies",
        "a policy without a reason",
        (resource(ATTACHMENT, policyArn=ADMINISTRATOR),),
        (f"it: no reason is recorded for attaching {ADMINISTRATOR}",),
    ),
    Case("no-aws-managed-policies", "no attachment", (resource(ROLE, policyArn=ADMINISTRATOR),)),
)
