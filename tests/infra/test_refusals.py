"""Every combination that cannot be meant is refused in one sentence, which names all that contradicts."""

from __future__ import annotations

import pytest

from tests.infra.configs import mistakes

REFUSED: dict[str, dict[str, str]] = {
    # Instances.
    "instanceType architecture": {"instanceType": "c7i.large", "architecture": "arm64"},
    "minInstances maxInstances": {"minInstances": "5", "maxInstances": "4"},
    "maxInstances vpcCidr availabilityZones": {"maxInstances": "100", "vpcCidr": "10.0.0.0/24"},
    "healthCheckGracePeriodSeconds healthCheckIntervalSeconds": {
        "healthCheckGracePeriodSeconds": "70",
        "healthCheckIntervalSeconds": "60",
    },
    # The load balancer.
    "healthCheckTimeoutSeconds healthCheckIntervalSeconds": {
        "healthCheckTimeoutSeconds": "10",
        "healthCheckIntervalSeconds": "10",
    },
    "serviceKeepAliveSeconds loadBalancerIdleTimeoutSeconds": {
        "serviceKeepAliveSeconds": "60",
        "loadBalancerIdleTimeoutSeconds": "60",
    },
    "slowStartSeconds loadBalancingAlgorithm": {
        "slowStartSeconds": "60",
        "loadBalancingAlgorithm": "least_outstanding_requests",
    },
    "slowStartSeconds loadBalancingAlgorithm weighted_random": {
        "slowStartSeconds": "60",
        "loadBalancingAlgorithm": "weighted_random",
    },
    "anomalyMitigation loadBalancingAlgorithm": {"anomalyMitigation": "true", "minInstances": "3"},
    "anomalyMitigation minInstances": {
        "anomalyMitigation": "true",
        "loadBalancingAlgorithm": "weighted_random",
    },
    "anomalyMitigation stickinessSeconds": {
        "anomalyMitigation": "true",
        "loadBalancingAlgorithm": "weighted_random",
        "minInstances": "3",
        "stickinessSeconds": "60",
    },
    "deregistrationDelaySeconds 120 spotPercent": {
        "deregistrationDelaySeconds": "120",
        "spotPercent": "50",
        "alternativeInstanceTypes": "t4g.medium, c7g.large",
    },
    # Several types of instances, and spot.
    "alternativeInstanceTypes architecture": {
        "instanceType": "c7i.large",
        "architecture": "x86_64",
        "alternativeInstanceTypes": "c7g.large",
    },
    "alternativeInstanceTypes instanceType archive": {"alternativeInstanceTypes": "c7i.large"},
    "alternativeInstanceTypes instanceType already": {"alternativeInstanceTypes": "t4g.small"},
    "alternativeInstanceTypes instanceType vCPUs": {"alternativeInstanceTypes": "c7g.xlarge"},
    "spotPercent alternativeInstanceTypes 2": {"spotPercent": "50"},
    "spotPercent onDemandBaseCapacity maxInstances": {
        "spotPercent": "50",
        "onDemandBaseCapacity": "4",
        "alternativeInstanceTypes": "t4g.medium, c7g.large",
    },
    # Number of instances, and schedule.
    "scalingSchedule minInstances": {"scalingSchedule": "0 7 * * * min=1"},
    "scalingSchedule maxInstances": {"scalingSchedule": "0 7 * * * max=5"},
    "scalingSchedule min desired max": {"scalingSchedule": "0 7 * * * min=4 desired=3"},
    "scalingSchedule max=2 hold": {"scalingSchedule": "0 20 * * * min=2 max=2; 0 7 * * * min=3"},
    "scalingSchedule min=4 hold": {"scalingSchedule": "0 20 * * * max=3; 0 7 * * * min=4 max=4"},
    "predictiveScaling minInstances maxInstances": {"predictiveScaling": "scale", "maxInstances": "2"},
    "warmPoolSize spotPercent": {
        "warmPoolSize": "1",
        "natGateways": "single",
        "spotPercent": "50",
        "alternativeInstanceTypes": "t4g.medium, c7g.large",
    },
    "warmPoolSize alternativeInstanceTypes": {
        "warmPoolSize": "1",
        "natGateways": "single",
        "alternativeInstanceTypes": "t4g.medium",
    },
    "warmPoolSize natGateways interfaceEndpoints autoscaling": {"warmPoolSize": "1"},
    "warmPoolSize minInstances maxInstances": {"warmPoolSize": "3", "natGateways": "single"},
    "maxInstances warmPoolSize vpcCidr availabilityZones": {
        "maxInstances": "90",
        "warmPoolSize": "60",
        "natGateways": "single",
        "vpcCidr": "10.0.0.0/24",
    },
    # The firewall.
    "managedRuleGroups common twice": {"managedRuleGroups": "common:count, common:block"},
    "managedRuleGroups 1,500": {
        "managedRuleGroups": "ip-reputation, anonymous-ip, known-bad-inputs, sql-injection, "
        "admin-protection, unix, linux, common"
    },
    "deniedIpRanges allowedIpRanges": {
        "deniedIpRanges": "203.0.113.7",
        "allowedIpRanges": "203.0.113.0/24",
    },
    "deniedCountries allowedCountries": {"deniedCountries": "AQ", "allowedCountries": "DE"},
    "rateLimitPerForwardedIp 10": {"rateLimitPerForwardedIp": "5"},
    # Names.
    "domainName hostedZoneName": {"domainName": "iris.example.com", "hostedZoneName": "example.org"},
    "domainName hostedZoneName top-level": {"domainName": "example.com"},
    "hostedZoneName domainName": {"hostedZoneName": "example.com"},
    "apiDomainName domainName": {
        "compute": "both",
        "domainName": "iris.example.com",
        "apiDomainName": "iris.example.com",
    },
    "apiDomainName compute": {"apiDomainName": "api.example.com"},
    "apiDomainName compute lambda": {
        "compute": "lambda",
        "domainName": "iris.example.com",
        "apiDomainName": "api.example.com",
    },
    # The function.
    "functionTimeoutSeconds 29": {"compute": "lambda", "functionTimeoutSeconds": "29"},
    "snapStart minProvisionedConcurrency": {
        "compute": "lambda",
        "snapStart": "true",
        "minProvisionedConcurrency": "1",
    },
    "maxProvisionedConcurrency minProvisionedConcurrency": {
        "compute": "lambda",
        "minProvisionedConcurrency": "11",
    },
    "reservedConcurrency maxProvisionedConcurrency": {
        "compute": "lambda",
        "minProvisionedConcurrency": "1",
        "reservedConcurrency": "9",
        "alarmConcurrentExecutions": "5",
    },
    "alarmConcurrentExecutions reservedConcurrency": {"compute": "lambda", "reservedConcurrency": "50"},
    "alarmLatencyMs functionTimeoutSeconds": {
        "compute": "lambda",
        "alarmLatencyMs": "5000",
        "functionTimeoutSeconds": "5",
    },
}
"""Words that the sentence has -> what is asked for, beside the defaults."""

# Keys that can be wrong only in their range or form; the sentence must have the reason.
UNREADABLE: dict[str, tuple[str, str]] = {
    "alternativeInstanceTypes": ("t4g.smal", "did you mean t4g.small?"),
    "onDemandBaseCapacity": ("-1", "0 to 500"),
    "spotPercent": ("half", "0 to 100"),
    "targetRequestsPerMinute": ("many", "0 to 100,000,000"),
    "targetCpuPercent": ("95", "10 to 90"),
    "scalingSchedule": ("at seven min=3", "'30 7 * * 1-5 min=4 desired=6'"),
    "scalingScheduleTimeZone": ("Berlin", "a time zone like Europe/Berlin"),
    "predictiveScaling": ("scales", "did you mean scale?"),
    "warmPoolSize": ("some", "0 to 500"),
    "maxInstanceLifetimeDays": ("366", "0 to 365"),
    "launchTimeoutSeconds": ("60", "120 to 7,200"),
    "terminationTimeoutSeconds": ("30", "45 to 7,200"),
    "managedRuleGroups": ("sql-injections", "did you mean sql-injection?"),
    "rateLimitPerIp": ("9", "10 to 2,000,000,000"),
    "batchRateLimitPerIp": ("9", "10 to 2,000,000,000"),
    "rateLimitPerForwardedIp": ("-1", "0 to 2,000,000,000"),
    "allowedIpRanges": ("0.0.0.0/0", "has all addresses"),
    "deniedIpRanges": ("10.0.0.1/8", "host bits set"),
    "allowedCountries": ("UK", "is no country's code"),
    "deniedCountries": ("de", "is no country's code"),
    "firewallLogs": ("none", "matches or all"),
    "alarmClientErrorPercent": ("0", "1 to 100"),
    "alarmBlockedRequestsPerMinute": ("0", "1 to 1,000,000,000"),
    "guardDuty": ("yes", "true or false"),
    "monthlyBudgetUsd": ("-5", "0 to 10,000,000"),
    "budgetScope": ("stacks", "did you mean stack?"),
}
"""Key -> what is given, and words of what is said of it."""


@pytest.mark.parametrize("words", REFUSED)
def test_a_combination_that_cannot_be_meant_is_refused_by_name(words: str):
    (line,) = mistakes(**REFUSED[words])
    assert [word for word in words.split() if word not in line] == []


@pytest.mark.parametrize("key", UNREADABLE)
def test_a_value_that_cannot_be_meant_is_refused_with_what_is_allowed(key: str):
    given, why = UNREADABLE[key]
    (line,) = mistakes(**{key: given})
    assert line.startswith(f"{key} is {given!r}")
    assert "it must be" in line
    assert why in line


def test_there_are_many_of_them():
    assert len(REFUSED) >= 45
