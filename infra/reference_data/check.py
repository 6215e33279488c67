"""Check of the reference data before the first resource: later, an error would leave half a stack."""

from __future__ import annotations

from infra.monitoring.cost_metric import FIRST_REGION, fleet_formula, function_formula
from infra.reference_data.instance_types import ARCHITECTURES, instance_types
from infra.reference_data.throughput import requests_per_minute


def check_reference_data() -> None:
    """Read every file, and look up all that a configuration may ask of them.

    Raises:
        ReferenceDataError: a file is missing, or lacks something.
    """
    for machine in instance_types().values():
        requests_per_minute((machine,), cpu_target=100)
        fleet_formula(FIRST_REGION, machine.name)
    for architecture in ARCHITECTURES:
        function_formula(FIRST_REGION, architecture, memory_mb=128)
