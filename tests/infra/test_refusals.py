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


@pytest.mark.parametrize("words", REFUSED)
def test_a_combination_that_cannot_be_meant_is_refused_by_name(words: str):
    (line,) = mistakes(**REFUSED[words])
    assert [word for word in words.split() if word not in line] == []


def test_there_are_many_of_them():
    assert len(REFUSED) >= 23
