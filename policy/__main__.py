"""Pulumi policy pack: `pulumi up --policy-pack policy` refuses a deployment that violates a rule."""

import sys
from pathlib import Path

# Pulumi runs the pack by path, in an environment that contains the project only after `make install`.
if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

from pulumi_policy import EnforcementLevel, PolicyPack

from policy.pack import policies

PolicyPack("scalable-models", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
