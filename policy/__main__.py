"""The rules as Pulumi's policy pack: `pulumi up --policy-pack policy` refuses what breaks one."""

import sys
from pathlib import Path

# Pulumi runs the pack by its path, in an environment that holds the project only after `make install`.
if (root := str(Path(__file__).resolve().parents[1])) not in sys.path:
    sys.path.insert(0, root)

from pulumi_policy import EnforcementLevel, PolicyPack

from policy.pack import policies

PolicyPack("scalable-models", policies=policies(), enforcement_level=EnforcementLevel.MANDATORY)
