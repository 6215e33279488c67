"""Client-side load balancing: transports of httpx that send each request to an instance of a target group."""

from client.choices import LeastConnections, PowerOfTwoChoices, RandomChoice, RoundRobin
from client.discovery import StaticInstances, TargetGroup
from client.instance import Instance
from client.transport import AsyncBalancedTransport, BalancedTransport

__all__ = [
    "AsyncBalancedTransport",
    "BalancedTransport",
    "Instance",
    "LeastConnections",
    "PowerOfTwoChoices",
    "RandomChoice",
    "RoundRobin",
    "StaticInstances",
    "TargetGroup",
]
