"""Every combination that cannot be meant is refused in one sentence, which names all that contradicts."""

from __future__ import annotations

import pytest

from tests.infra.configs import mistakes

REFUSED: dict[str, dict[str, str]] = {
    # Instances.
    "instanceType architecture": {"instanceType": "c7i.large", "architecture": "arm64"},
    "minInstances maxInstances": {"minInstances": "5", "maxInstances": "4"},
    "maxInstances vpcCidr zones": {"maxInstances": "100", "vpcCidr": "10.0.0.0/24"},
    "healthCheckGracePeriod healthCheckInterval": {
        "healthCheckGracePeriod": "70",
        "healthCheckInterval": "60",
    },
    # The load balancer.
    "healthCheckTimeout healthCheckInterval": {"healthCheckTimeout": "10", "healthCheckInterval": "10"},
    "keepAlive idleTimeout": {"keepAlive": "60", "idleTimeout": "60"},
    "slowStart algorithm": {"slowStart": "60", "algorithm": "least_outstanding_requests"},
    "slowStart algorithm weighted_random": {"slowStart": "60", "algorithm": "weighted_random"},
    "anomalyMitigation algorithm": {"anomalyMitigation": "true", "minInstances": "3"},
    "anomalyMitigation minInstances": {"anomalyMitigation": "true", "algorithm": "weighted_random"},
    "anomalyMitigation stickiness": {
        "anomalyMitigation": "true",
        "algorithm": "weighted_random",
        "minInstances": "3",
        "stickiness": "60",
    },
    "deregistrationDelay 120 spotShare": {
        "deregistrationDelay": "120",
        "spotShare": "50",
        "alternativeTypes": "t4g.medium, c7g.large",
    },
    # Several types of instances, and spot.
    "alternativeTypes architecture": {
        "instanceType": "c7i.large",
        "architecture": "x86_64",
        "alternativeTypes": "c7g.large",
    },
    "alternativeTypes instanceType archive": {"alternativeTypes": "c7i.large"},
    "alternativeTypes instanceType already": {"alternativeTypes": "t4g.small"},
    "alternativeTypes instanceType vCPUs": {"alternativeTypes": "c7g.xlarge"},
    "spotShare alternativeTypes 2": {"spotShare": "50"},
    "spotShare onDemandBase maxInstances": {
        "spotShare": "50",
        "onDemandBase": "4",
        "alternativeTypes": "t4g.medium, c7g.large",
    },
    # How many, and when.
    "schedule minInstances": {"schedule": "0 7 * * * min=1"},
    "schedule maxInstances": {"schedule": "0 7 * * * max=5"},
    "schedule min desired max": {"schedule": "0 7 * * * min=4 desired=3"},
    "schedule max=2 hold": {"schedule": "0 20 * * * min=2 max=2; 0 7 * * * min=3"},
    "schedule min=4 hold": {"schedule": "0 20 * * * max=3; 0 7 * * * min=4 max=4"},
    "predictiveScaling minInstances maxInstances": {"predictiveScaling": "scale", "maxInstances": "2"},
    "warmPoolSize spotShare": {
        "warmPoolSize": "1",
        "natGateways": "single",
        "spotShare": "50",
        "alternativeTypes": "t4g.medium, c7g.large",
    },
    "warmPoolSize alternativeTypes": {
        "warmPoolSize": "1",
        "natGateways": "single",
        "alternativeTypes": "t4g.medium",
    },
    "warmPoolSize natGateways interfaceEndpoints autoscaling": {"warmPoolSize": "1"},
    "warmPoolSize minInstances maxInstances": {"warmPoolSize": "3", "natGateways": "single"},
    "maxInstances warmPoolSize vpcCidr zones": {
        "maxInstances": "90",
        "warmPoolSize": "60",
        "natGateways": "single",
        "vpcCidr": "10.0.0.0/24",
    },
    # The firewall.
    "firewallGroups common twice": {"firewallGroups": "common:count, common:block"},
    "firewallGroups 1,500": {
        "firewallGroups": "ip-reputation, anonymous-ip, known-bad-inputs, sql-injection, admin-protection, "
        "unix, linux, common"
    },
    "deniedAddresses allowedAddresses": {
        "deniedAddresses": "203.0.113.7",
        "allowedAddresses": "203.0.113.0/24",
    },
    "deniedCountries allowedCountries": {"deniedCountries": "AQ", "allowedCountries": "DE"},
    "requestsPerForwardedAddress 10": {"requestsPerForwardedAddress": "5"},
    # Names.
    "domain hostedZone": {"domain": "iris.example.com", "hostedZone": "example.org"},
    "domain hostedZone nobody": {"domain": "example.com"},
    "hostedZone domain": {"hostedZone": "example.com"},
    "apiDomain domain": {"compute": "both", "domain": "iris.example.com", "apiDomain": "iris.example.com"},
    "apiDomain compute": {"apiDomain": "api.example.com"},
    "apiDomain compute lambda": {
        "compute": "lambda",
        "domain": "iris.example.com",
        "apiDomain": "api.example.com",
    },
    # The function.
    "functionTimeout 29": {"compute": "lambda", "functionTimeout": "29"},
    "snapStart provisionedConcurrency": {
        "compute": "lambda",
        "snapStart": "true",
        "provisionedConcurrency": "1",
    },
    "maxProvisionedConcurrency provisionedConcurrency": {
        "compute": "lambda",
        "provisionedConcurrency": "11",
    },
    "reservedConcurrency maxProvisionedConcurrency": {
        "compute": "lambda",
        "provisionedConcurrency": "1",
        "reservedConcurrency": "9",
        "alarmConcurrency": "5",
    },
    "alarmConcurrency reservedConcurrency": {"compute": "lambda", "reservedConcurrency": "50"},
    "alarmLatency functionTimeout": {"compute": "lambda", "alarmLatency": "5000", "functionTimeout": "5"},
}
"""Words that the sentence has -> what is asked for, beside the defaults."""

# Keys on which their range or their form alone can be wrong; what is allowed is in the sentence.
UNREADABLE: dict[str, tuple[str, str]] = {
    "alternativeTypes": ("t4g.smal", "did you mean t4g.small?"),
    "onDemandBase": ("-1", "0 to 500"),
    "spotShare": ("half", "0 to 100"),
    "requestsPerTarget": ("many", "0 to 100,000,000"),
    "cpuTarget": ("95", "10 to 90"),
    "schedule": ("at seven min=3", "'30 7 * * 1-5 min=4 desired=6'"),
    "scheduleTimeZone": ("Berlin", "a time zone like Europe/Berlin"),
    "predictiveScaling": ("scales", "did you mean scale?"),
    "warmPoolSize": ("some", "0 to 500"),
    "maxInstanceLifetimeDays": ("366", "0 to 365"),
    "launchTimeout": ("60", "120 to 7,200"),
    "terminationTimeout": ("30", "45 to 7,200"),
    "firewallGroups": ("sql-injections", "did you mean sql-injection?"),
    "requestsPerAddress": ("9", "10 to 2,000,000,000"),
    "requestsPerForwardedAddress": ("-1", "0 to 2,000,000,000"),
    "allowedAddresses": ("0.0.0.0/0", "is everybody"),
    "deniedAddresses": ("10.0.0.1/8", "host bits set"),
    "allowedCountries": ("UK", "is no country's code"),
    "deniedCountries": ("de", "is no country's code"),
    "firewallLog": ("none", "matches or all"),
    "alarmClientErrorPercent": ("0", "1 to 100"),
    "alarmBlockedRequests": ("0", "1 to 1,000,000,000"),
    "guardDuty": ("yes", "true or false"),
    "budget": ("-5", "0 to 10,000,000"),
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
    assert "allowed is" in line
    assert why in line


def test_there_are_many_of_them():
    assert len(REFUSED) >= 45
