"""Values of each configuration key for pairwise tests: its default, its extremes and all its choices.

A value represents all that the program treats alike. The tests of the configuration cover the ranges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

from infra.firewall.config import FIREWALL_MODES, FirewallLogs
from infra.fleet.instances_config import ArchitectureChoice
from infra.fleet.scaling_config import PredictiveScaling
from infra.load_balancer.config import XForwardedForMode
from infra.load_balancer.target_group_config import ALGORITHMS
from infra.monitoring.budget_config import BudgetScope
from infra.network.config import NAT_GATEWAYS
from infra.stack_config import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping

FLAG: Final = ("false", "true")

FACTORS: Final[Mapping[str, tuple[str, ...]]] = {
    "compute": SHAPES,
    "architecture": get_args(ArchitectureChoice),
    "owner": ("unassigned",),
    "archiveVersion": ("", "earlier"),
    "functionArchiveVersion": ("", "earlier"),
    "retainedArchives": ("20",),
    "instanceType": ("t4g.small", "c7i.large"),
    "alternativeInstanceTypes": ("", "t4g.medium, c7g.large, m7g.large", "c7a.large, m7i.large"),
    "onDemandBaseCapacity": ("2", "0"),
    "detailedMonitoring": FLAG,
    "spotPercent": ("0", "50", "100"),
    "minInstances": ("2", "3", "1"),
    "maxInstances": ("4", "12"),
    "availabilityZones": ("2", "3"),
    "vpcCidr": ("10.20.0.0/16", "192.168.7.0/24"),
    "natGateways": NAT_GATEWAYS,
    "interfaceEndpoints": ("", "ssm", "ssm,logs,autoscaling"),
    # A rule forbids a network without flow logs.
    "vpcFlowLogs": ("rejected", "all"),
    "deletionProtection": ("true", "false"),
    "loadBalancingAlgorithm": ALGORITHMS,
    "anomalyMitigation": FLAG,
    "slowStartSeconds": ("0", "30"),
    "stickinessSeconds": ("0", "3600"),
    "http2": ("true", "false"),
    "xForwardedForMode": get_args(XForwardedForMode),
    "publicPaths": ("", "docs", "health,metrics,version,docs"),
    # A rule forbids a load balancer without both logs.
    "loadBalancerAccessLogs": ("true",),
    "loadBalancerConnectionLogs": ("true",),
    "targetRequestsPerMinute": ("0", "60000"),
    "targetCpuPercent": ("60",),
    "scalingSchedule": ("", "30 7 * * 1-5 min=3 desired=4; 0 20 * * * min=2 max=4"),
    "scalingScheduleTimeZone": ("UTC", "Europe/Berlin"),
    "predictiveScaling": get_args(PredictiveScaling),
    "warmPoolSize": ("0", "2"),
    "maxInstanceLifetimeDays": ("30", "0"),
    "launchTimeoutSeconds": ("300",),
    "terminationTimeoutSeconds": ("60",),
    "healthCheckIntervalSeconds": ("10", "5"),
    "healthCheckTimeoutSeconds": ("5", "2"),
    "healthyThresholdCount": ("2",),
    "unhealthyThresholdCount": ("2",),
    "deregistrationDelaySeconds": ("30", "0"),
    "loadBalancerIdleTimeoutSeconds": ("60",),
    "serviceKeepAliveSeconds": ("75",),
    "instanceWarmupSeconds": ("120", "0"),
    "healthCheckGracePeriodSeconds": ("180",),
    "functionMemoryMb": ("1769",),
    "functionTimeoutSeconds": ("10",),
    "snapStart": FLAG,
    "minProvisionedConcurrency": ("0", "2"),
    "maxProvisionedConcurrency": ("10",),
    "targetProvisionedConcurrencyPercent": ("70",),
    "reservedConcurrency": ("0", "100"),
    "throttlingRateLimitPerSecond": ("100",),
    "throttlingBurstLimit": ("200",),
    "domainName": ("", "iris.example.com"),
    "apiDomainName": ("", "api.example.com"),
    "hostedZoneName": ("", "example.com"),
    "xrayTracing": FLAG,
    "firewallMode": FIREWALL_MODES,
    "managedRuleGroups": (
        "ip-reputation, known-bad-inputs, common",
        "",
        "common:count, sql-injection:block, anonymous-ip, known-bad-inputs",
    ),
    "rateLimitPerIp": ("2000",),
    "batchRateLimitPerIp": ("60",),
    "rateLimitPerForwardedIp": ("0", "1000"),
    "allowedIpRanges": ("", "203.0.113.7", "203.0.113.7, 2001:db8:1::/48"),
    "deniedIpRanges": ("", "198.51.100.0/24", "198.51.100.0/24, 2001:db8:2::/48"),
    "allowedCountries": ("", "DE, FR"),
    "deniedCountries": ("", "AQ"),
    "firewallLogs": get_args(FirewallLogs),
    "logRetentionDays": ("30", "3653"),
    "alarmEmail": ("", "ops@example.com"),
    "alarmErrorPercent": ("1",),
    "alarmClientErrorPercent": ("50",),
    "alarmLatencyMs": ("1000",),
    "alarmConcurrentExecutions": ("50",),
    "alarmBlockedRequestsPerMinute": ("1000",),
    "guardDuty": FLAG,
    "monthlyBudgetUsd": ("100", "0"),
    "budgetScope": get_args(BudgetScope),
}
"""Key -> its values, including the default."""

ARCHIVE_KEYS: Final = ("archive", "functionArchive")
"""Keys of files, which the tests set."""
