"""Example requests about an iris, for the tools that send them to a service."""

from __future__ import annotations

import json
from typing import Final

from service.iris.definition import EXAMPLE

QUERY: Final = "&".join(f"{name}={length}" for name, length in EXAMPLE.items())
"""Lengths of an Iris Setosa as a query."""

QUERY_PATH: Final = f"/api/v01/classify?{QUERY}"
"""Example request that commands send and print."""

BODY: Final = json.dumps(EXAMPLE, separators=(",", ":")).encode()
"""The same as JSON."""

HEADER: Final = ",".join(EXAMPLE).encode() + b"\n"
"""First line of a CSV."""

COURSE_PATH: Final = "/api/v01/classify?pl=5.1&pw=3.5&sw=0.4&sl=1.4"
"""Example request of the course: petals and sepals are in each other's place."""

COURSE_BODY: Final = b'{"pl": "5.1", "pw": "3.5", "sl": "1.4", "sw": "0.4"}'
"""Example body of the course."""
