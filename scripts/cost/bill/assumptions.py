"""Assumptions of the calculation, with their default values: figures that have not been measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """Assumptions on the use and the operation of the service, apart from its demand."""

    requests_per_connection: float = 10.0
    """Requests that a client sends over one connection to the load balancer."""
    connection_seconds: float = 60.0
    """Time for which a connection stays open: the load balancer's idle timeout."""
    boot_seconds: float = 120.0
    """Time from the launch of an instance until it receives requests; it is billed without being useful."""
    disk_gb: int = 8
    """Size of each instance's gp3 volume."""
    aws_traffic_gb: float = 1.0
    """GB per month between an instance and AWS services other than S3, through interface endpoints if there
    are any, otherwise through a NAT gateway."""
    function_overhead_ms: float = 1.0
    """Time that Lambda bills for each request in addition to its computation."""
    cold_start_percent: float = 0.1
    """Share of a function's requests that start a new environment."""
    cold_start_ms: float = 400.0
    """Billed duration of a cold start (INIT) at one vCPU; with less memory it takes longer."""
    function_log_bytes: int = 350
    """Bytes that Lambda itself logs for each request: START, END and REPORT."""
    api_log_bytes: int = 400
    """Bytes of a line in a REST API's access log: JSON with thirteen fields."""
    firewall_log_bytes: int = 1_500
    """Bytes that WAF logs for a request: JSON with its headers and the result of each rule group."""
    balancer_log_bytes: int = 60
    """Compressed bytes of a line in the load balancer's access log or connection log. A line has about 500
    bytes and resembles its neighbours."""
    log_days: int = 30
    """Retention of logs, in days."""
    free_tier: bool = False
    """True if no other use of the account counts against AWS's always-free tiers."""
