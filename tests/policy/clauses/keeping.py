from __future__ import annotations

from tests.policy.clauses.case import Case, resource

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
DELETABLE = "it: it can be deleted by mistake, and its address with it"

CASES = (
    Case("deletion-protected", "protected", (resource(BALANCER, enableDeletionProtection=True),)),
    *(
        Case("deletion-protected", "not protected", (given,), (DELETABLE,))
        for given in (resource(BALANCER), resource(BALANCER, enableDeletionProtection=False))
    ),
    Case("deletion-protected", "the stack for trying things out", (resource(BALANCER, "it", "dev"),)),
    *(
        Case("deletion-protected", f"the stack {stack}", (resource(BALANCER, "it", stack),), (DELETABLE,))
        for stack in ("dev2", "de", "mydev", "DEV")
    ),
    Case("deletion-protected", "what is no load balancer", (resource("aws:ec2/vpc:Vpc"),)),
)
