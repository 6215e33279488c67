"""Perform all scenarios and print their results as JSON, by name; LocalStack's interpreter runs it."""

from __future__ import annotations

import json
import sys

from tests.localcloud.localstack.virtual_time import policies, refreshes
from tests.localcloud.localstack.virtual_time.simulated import Groups

groups = Groups()
scenarios = (*refreshes.SCENARIOS, *policies.SCENARIOS)
json.dump({scenario.__name__: scenario(groups) for scenario in scenarios}, sys.stdout)
