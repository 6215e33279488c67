"""Network bandwidth of an instance: bytes of a request on the wire, and requests that it carries.

TLS ends at the load balancer, whose target group speaks HTTP: an instance sends and receives plain packets.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from infra.reference_data.instance_types import instance_types

if TYPE_CHECKING:
    from scripts.cost.demand.weekly_demand import Demand

PACKET_HEADER_BYTES: Final = 66
"""Bytes of a packet beside its data: Ethernet 14, IPv4 20, TCP with timestamps 32 (RFC 9293, RFC 7323)."""

PACKET_DATA_BYTES: Final = 1_448
"""Maximum of data in a packet of 1,500 bytes, the MTU outside of a VPC (Amazon EC2 user guide, "MTU")."""

BALANCER_HEADER_BYTES: Final = 150
"""Bytes of the headers that the load balancer adds to a request: X-Forwarded-For, -Proto and -Port, and
X-Amzn-Trace-Id (Elastic Load Balancing user guide, "HTTP headers")."""

BITS_PER_MEGABIT: Final = 1_000_000


@dataclass(frozen=True, kw_only=True)
class RequestBandwidth:
    """Requests per second that the network of one instance carries."""

    baseline: float
    """Requests per second for hours, by the baseline bandwidth."""
    burst: float
    """Requests per second for 5 to 60 minutes, by the burst bandwidth (Amazon EC2 user guide, "Amazon EC2
    instance network bandwidth")."""


UNLIMITED: Final = RequestBandwidth(baseline=float("inf"), burst=float("inf"))
"""Bandwidth that never limits."""


def wire_bytes(payload_bytes: int) -> int:
    """Return the bytes of a message on the wire, and of the acknowledgement in the same direction."""
    packets = max(1, -(-payload_bytes // PACKET_DATA_BYTES))
    return payload_bytes + (packets + 1) * PACKET_HEADER_BYTES


def bytes_per_request(demand: Demand) -> int:
    """Return the bytes on an instance's wire of one request, in the direction with more of them."""
    received = wire_bytes(demand.request_bytes + BALANCER_HEADER_BYTES)
    return max(received, wire_bytes(demand.response_bytes))


def megabits_per_second(demand: Demand, requests_per_second: float) -> float:
    """Return the Mbit/s on an instance's wire, in the direction with more of them."""
    return requests_per_second * bytes_per_request(demand) * 8 / BITS_PER_MEGABIT


def request_bandwidth(instance_type: str, demand: Demand) -> RequestBandwidth:
    """Return the requests per second that the network of a type carries."""
    machine, size = instance_types()[instance_type], bytes_per_request(demand)
    return RequestBandwidth(
        baseline=machine.network_baseline_gbps * 1e9 / 8 / size,
        burst=machine.network_burst_gbps * 1e9 / 8 / size,
    )
