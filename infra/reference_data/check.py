"""Check of the reference data before the first resource, since a later error would leave half a stack."""

from __future__ import annotations

from infra.reference_data.instance_types import instance_types
from infra.reference_data.prices import FALLBACK_REGION, SERVICE_ITEMS, instance_price, service_price
from infra.reference_data.throughput import requests_per_minute


def check_reference_data() -> None:
    """Read every file, and look up each entry that a configuration may need.

    Raises:
        ReferenceDataError: A file is missing or incomplete.
    """
    for instance_type in instance_types().values():
        requests_per_minute((instance_type,), cpu_target=100)
        instance_price(FALLBACK_REGION, instance_type.name)
    for item in SERVICE_ITEMS:
        service_price(FALLBACK_REGION, item)
