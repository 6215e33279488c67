"""What nobody has measured: every assumption of the calculation, with its default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Assumptions:
    """How the service is used and run, beyond what the demand says."""

    requests_per_connection: float = 10.0
    """Requests that a client sends over one connection to the load balancer."""
    connection_seconds: float = 60.0
    """Time for which a connection stays open: the load balancer's idle timeout."""
    boot_seconds: float = 120.0
    """Time from the launch of an instance until it takes requests; it is paid for, and does nothing."""
    disk_gb: int = 8
    """Disk of each instance, gp3."""
    outward_gb: float = 1.0
    """What an instance exchanges in a month with AWS's own services, beside S3: through a NAT gateway, or
    through interface endpoints where it has those."""
    function_overhead_ms: float = 1.0
    """Time that Lambda bills for each request on top of its computation."""
    cold_start_percent: float = 0.1
    """Share of a function's requests that start an environment."""
    cold_start_ms: float = 400.0
    """Time that such a start bills (INIT), at one vCPU; less memory takes longer."""
    function_log_bytes: int = 350
    """What Lambda itself writes to the log for each request: START, END and REPORT."""
    api_log_bytes: int = 400
    """What a REST API writes to its access log for each request: a line of JSON with thirteen fields."""
    firewall_log_bytes: int = 1_500
    """What WAF writes of a request: JSON with its headers and what each group of rules made of it."""
    balancer_log_bytes: int = 60
    """What a load balancer keeps of each request in its access log, and of each connection in the other: a
    line of some 500 bytes that is much like its neighbours, compressed."""
    log_days: int = 30
    """How long logs are kept."""
    free_tier: bool = False
    """Whether this is the only use of the account that counts against AWS's lasting free tiers."""
