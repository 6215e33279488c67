from __future__ import annotations

from tests.policy.clauses.case import Case, resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
DELETABLE = "it: it can be deleted by mistake, together with its address"

CASES = (
    Case("deletion-protection-enabled", "protected", (resource(BALANCER, enableDeletionProtection=True),)),
    *(
        Case("deletion-protection-enabled", "not protected", (given,), (DELETABLE,))
        for given in (resource(BALANCER), resource(BALANCER, enableDeletionProtection=False))
    ),
    Case("deletion-protection-enabled", "the development stack", (resource(BALANCER, "it", "dev"),)),
    *(
        Case(
            "deletion-protection-enabled",
            f"the stack {stack}",
            (resource(BALANCER, "it", stack),),
            (DELETABLE,),
        )
        for stack in ("dev2", "de", "mydev", "DEV")
    ),
    Case("deletion-protection-enabled", "another resource type", (resource("aws:ec2/vpc:Vpc"),)),
)
