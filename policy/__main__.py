"""The rules as Pulumi's policy pack: `pulumi up --policy-pack policy` refuses what breaks one."""

from pulumi_policy import EnforcementLevel, PolicyPack

from infra.policy.pack import policies

PolicyPack("scalable-models", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
