"""Changes of a stack that is up, there and back, by Pulumi's real engine: what goes, and what stays."""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

from tests.engine.cli import ENGINE, needs_engine
from tests.engine.plugin.account_rules import template_of
from tests.engine.warm_stack import WarmStack
from tests.infra.mock_aws import declared_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.engine.plugin.account import Operation

pytestmark = [
    needs_engine,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    # The SDK leaves the loop of a program open that the engine has stopped.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.timeout(600),
]

Settings = dict[str, str]

SERVING: Final = frozenset(
    {
        "aws:apigateway/restApi:RestApi",
        "aws:apigateway/stage:Stage",
        "aws:autoscaling/group:Group",
        "aws:lambda/alias:Alias",
        "aws:lambda/function:Function",
        "aws:lb/listener:Listener",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketObjectv2:BucketObjectv2",
    }
)
"""Types of what serves, or has to be there to serve again: no change deletes one, nor replaces it."""

GROUP: Final = "iris-fleet"


class Change(NamedTuple):
    """Configurations that a stack goes through, from its base and back to it."""

    steps: list[Settings]
    base: Mapping[str, str] = MappingProxyType({})
    goes: frozenset[str] = frozenset()
    """Names of what serves and goes nevertheless, with the setting that brought it."""
    remains: frozenset[str] = frozenset()
    """Names of what remains in the account afterwards."""


LOGS: Final = frozenset({"iris-instances-log"})
"""Log group that protection retains."""

LAMBDA: Final = {"compute": "lambda"}
REACHING: Final = {"interfaceEndpoints": "autoscaling"}
TYPES: Final = {"alternativeInstanceTypes": "t4g.medium, c7g.large"}
DOMAIN: Final = {"domainName": "iris.example.com"}
OTHER_DOMAIN: Final = {"domainName": "a.b.example.com", "hostedZoneName": "example.com"}
BOTH: Final = {"compute": "both"}
WARM: Final = {"minProvisionedConcurrency": "1", "maxProvisionedConcurrency": "3"}
TIMES: Final = "30 7 * * 1-5 min=3; 0 20 * * * min=2"

CHANGES: Final[Mapping[str, Change]] = {
    "publicPaths": Change([{"publicPaths": "docs"}, {"publicPaths": "health"}]),
    "natGateways": Change([{"natGateways": "single"}, {"natGateways": "per-zone"}], remains=LOGS),
    "interfaceEndpoints": Change([{"interfaceEndpoints": "autoscaling, logs"}], remains=LOGS),
    "lifecycle timeouts": Change(
        [
            REACHING,
            {**REACHING, "launchTimeoutSeconds": "600"},
            {**REACHING, "terminationTimeoutSeconds": "90"},
        ]
    ),
    "minInstances and maxInstances": Change([{"minInstances": "4", "maxInstances": "12"}]),
    "instance types": Change([TYPES, {**TYPES, "spotPercent": "50", "deregistrationDelaySeconds": "60"}]),
    "share of spot instances": Change(
        [
            {**TYPES, "onDemandBaseCapacity": "0", "spotPercent": "100", "deregistrationDelaySeconds": "60"},
            {"alternativeInstanceTypes": "t4g.medium"},
            {"instanceType": "t4g.medium"},
        ]
    ),
    "targets and times of scaling": Change(
        [
            {
                "targetRequestsPerMinute": "60000",
                "targetCpuPercent": "40",
                "maxInstanceLifetimeDays": "0",
                "instanceWarmupSeconds": "0",
                "healthCheckGracePeriodSeconds": "240",
                "detailedMonitoring": "true",
            }
        ]
    ),
    "scalingSchedule": Change(
        [
            {"scalingSchedule": TIMES},
            {"scalingSchedule": TIMES, "scalingScheduleTimeZone": "Europe/Berlin"},
            {"scalingSchedule": "0 20 * * * min=2"},
            {"scalingSchedule": "0 20 * * * min=3"},
        ]
    ),
    "loadBalancingAlgorithm": Change(
        [
            {"minInstances": "3", "loadBalancingAlgorithm": "weighted_random", "anomalyMitigation": "true"},
            {"minInstances": "3", "loadBalancingAlgorithm": "round_robin"},
        ]
    ),
    "availabilityZones": Change(
        [
            {"availabilityZones": "3"},
            {
                "availabilityZones": "3",
                "natGateways": "per-zone",
                "interfaceEndpoints": "ssm,logs,autoscaling",
            },
            {"natGateways": "per-zone", "interfaceEndpoints": "ssm"},
        ],
        remains=LOGS,
    ),
    "domainName": Change([DOMAIN, OTHER_DOMAIN], goes=frozenset({"iris-https"})),
    "budget": Change(
        [
            {"monthlyBudgetUsd": "0"},
            {"monthlyBudgetUsd": "100", "budgetScope": "account"},
            {"monthlyBudgetUsd": "100", "budgetScope": "stack"},
        ]
    ),
    "architecture": Change([{"architecture": "x86_64", "instanceType": "t3.small"}]),
    "listening, logs and forecast": Change(
        [
            {
                "stickinessSeconds": "60",
                "http2": "false",
                "loadBalancerConnectionLogs": "false",
                "loadBalancerIdleTimeoutSeconds": "30",
                "serviceKeepAliveSeconds": "90",
                "slowStartSeconds": "30",
                "healthCheckIntervalSeconds": "5",
                "healthCheckTimeoutSeconds": "2",
                "healthyThresholdCount": "3",
                "unhealthyThresholdCount": "4",
                "xForwardedForMode": "remove",
                "vpcFlowLogs": "none",
                "loadBalancerAccessLogs": "false",
                "logRetentionDays": "7",
                "retainedArchives": "3",
                "predictiveScaling": "scale",
            }
        ]
    ),
    "firewall and watching": Change(
        [
            {
                "deniedIpRanges": "203.0.113.0/24",
                "deniedCountries": "KP",
                "firewallLogs": "all",
                "firewallMode": "count",
                "managedRuleGroups": "",
                "rateLimitPerIp": "100",
                "batchRateLimitPerIp": "30",
                "guardDuty": "true",
                "alarmEmail": "a@example.com",
                "alarmErrorPercent": "5",
                "alarmClientErrorPercent": "20",
                "alarmLatencyMs": "500",
                "alarmBlockedRequestsPerMinute": "10",
                "owner": "someone else",
            },
            {
                "allowedIpRanges": "203.0.113.0/24, 2001:db8:1::/48",
                "allowedCountries": "DE, FR",
                "managedRuleGroups": "common:count, sql-injection:block, anonymous-ip, known-bad-inputs",
                "rateLimitPerForwardedIp": "1000",
                "alarmEmail": "b@example.com",
            },
        ]
    ),
    "warmPoolSize": Change([REACHING, {**REACHING, "warmPoolSize": "1"}]),
    "compute both": Change(
        [{"compute": "both"}],
        goes=frozenset({"iris-api", "iris-stage", "iris-function", "iris-live"}),
        # The role of API Gateway is the account's, and protection retains the versions of the archive.
        remains=frozenset(
            {"iris-api-account", "iris-api-logging", "iris-api-logging-may", "iris-function-archive"}
        ),
    ),
    "domainName of an API": Change([{**LAMBDA, **DOMAIN}, {**LAMBDA, **OTHER_DOMAIN}], base=LAMBDA),
    "domain names of both": Change(
        [
            {**BOTH, **DOMAIN, "apiDomainName": "api.example.com"},
            {**BOTH, "apiDomainName": "api.example.com"},
        ],
        base=BOTH,
        goes=frozenset({"iris-https"}),
    ),
    "function and its API": Change(
        [
            {
                **LAMBDA,
                "functionMemoryMb": "512",
                "functionTimeoutSeconds": "5",
                "reservedConcurrency": "100",
                "throttlingRateLimitPerSecond": "50",
                "throttlingBurstLimit": "60",
                "publicPaths": "docs",
                "xrayTracing": "true",
                "alarmConcurrentExecutions": "20",
            }
        ],
        base=LAMBDA,
    ),
    "snapStart": Change([{**LAMBDA, "snapStart": "true"}], base=LAMBDA),
    "provisioned concurrency": Change(
        [
            {**LAMBDA, **WARM},
            {**LAMBDA, **WARM, "targetProvisionedConcurrencyPercent": "50", "minProvisionedConcurrency": "2"},
        ],
        base=LAMBDA,
    ),
}


ELSEWHERE: Final[Mapping[str, str]] = {
    "archive": "test_orders.py, with another file of the same name",
    "functionArchive": "test_commands.py, with another file of the same name",
    "archiveVersion": "test_orders.py, going back",
    "functionArchiveVersion": "as archiveVersion: the same lookup of a stored version",
    "deletionProtection": "test_orders.py, before the stack is destroyed",
    "vpcCidr": "test_another_network_serves_before_the_old_one_goes",
}
"""Settings that no row changes -> where another test does."""


def test_every_setting_is_changed_there_and_back():
    changed = {
        key
        for change in CHANGES.values()
        for step in change.steps
        for key in step.keys() - change.base.keys()
    }
    assert changed | ELSEWHERE.keys() | {"compute"} == set(declared_keys())


class Stacks:
    """One stack for each base, which every change leaves as it was."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        self._factory = factory
        self._open: dict[str, WarmStack] = {}

    def take(self, base: Mapping[str, str]) -> WarmStack:
        """Return a stack that is up with the base; it is gone until it is given back."""
        if (ready := self._open.pop(json.dumps(dict(base)), None)) is not None:
            return ready
        assert ENGINE is not None
        stack = WarmStack(self._factory.mktemp("stack"), ENGINE)
        made = stack.up(**base)
        assert made.status == 0, made.says
        return stack

    def give_back(self, base: Mapping[str, str], stack: WarmStack) -> None:
        self._open[json.dumps(dict(base))] = stack

    def close(self) -> None:
        for stack in self._open.values():
            stack.close()


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stacks]:
    stacks = Stacks(tmp_path_factory)
    yield stacks
    stacks.close()


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_there_and_back_replaces_nothing_that_serves(name: str, stacks: Stacks):
    change = CHANGES[name]
    stack = stacks.take(change.base)
    before, done = contents(stack), len(stack.operations())
    for step in change.steps:
        changed = stack.up(**step)
        assert changed.status == 0, changed.says
        again = stack.up(**step)
        assert set(again.counts()) == {"unchanged"}, again.says
    back = stack.up(**change.base)
    assert back.status == 0, back.says
    assert gone(stack.operations()[done:]) <= change.goes
    assert released(stack) in {"1", ""}
    after = contents(stack)
    # Remains of an earlier change are there before this one.
    assert after.keys() - before.keys() <= change.remains <= after.keys()
    assert {name: after[name] for name in before} == before
    stacks.give_back(change.base, stack)


def gone(operations: list[Operation]) -> set[str]:
    """Return the names of what serves that was deleted, which includes what was replaced."""
    return {one.name for one in operations if one.action == "delete" and one.type in SERVING}


def released(stack: WarmStack) -> str:
    """Return the version of the launch template that the group launches; empty without a group."""
    group = stack.by_name().get(GROUP)
    return template_of(group.inputs)[1] if group else ""


def contents(stack: WarmStack) -> dict[str, Any]:
    """Return the inputs of all that exists, by logical name, with names in place of ids."""
    resources = stack.account.resources()
    text = json.dumps({one.name: one.inputs for one in resources.values()}, sort_keys=True)
    for identifier, one in resources.items():
        text = text.replace(identifier, one.name)
    return json.loads(text)


def positions(operations: list[Operation], *wanted: tuple[str, str]) -> list[int]:
    """Return where each action on a name lies in a log."""
    log = [(one.action, one.name) for one in operations]
    return [log.index(one) for one in wanted]


def test_http_becomes_a_redirect_after_certificate_listener_and_record(stacks: Stacks):
    stack = stacks.take({})
    done = len(stack.operations())
    assert stack.up(**DOMAIN).status == 0
    order = positions(
        stack.operations()[done:],
        ("create", "iris.example.com-certificate"),
        ("create", "iris.example.com-certificate-issued"),
        ("create", "iris-https"),
        ("create", "iris.example.com-address"),
        ("update", "iris-http"),
    )
    assert order == sorted(order)
    done = len(stack.operations())
    assert stack.up().status == 0
    order = positions(
        stack.operations()[done:],
        ("update", "iris-http"),
        ("delete", "iris.example.com-address"),
        ("delete", "iris-https"),
        ("delete", "iris.example.com-certificate"),
    )
    assert order == sorted(order)
    stacks.give_back({}, stack)


def test_a_domain_moves_from_one_shape_to_the_other_with_its_record(stacks: Stacks):
    stack = stacks.take({})
    free = {"deletionProtection": "false"}
    assert stack.up(**free, **DOMAIN).status == 0
    done = len(stack.operations())
    for shape in ({**LAMBDA, **DOMAIN}, {**BOTH, "apiDomainName": "iris.example.com"}, DOMAIN):
        moved = stack.up(**free, **shape)
        assert moved.status == 0, moved.says
    changed = [(one.action, one.name) for one in stack.operations()[done:] if "example.com" in one.name]
    assert changed == [("update", "iris.example.com-address")] * 2
    assert stack.up(**free).status == 0
    assert stack.up().status == 0
    stacks.give_back({}, stack)


def test_the_address_of_an_api_is_disabled_after_its_name_exists(stacks: Stacks):
    stack = stacks.take(LAMBDA)
    done = len(stack.operations())
    assert stack.up(**LAMBDA, **DOMAIN).status == 0
    order = positions(
        stack.operations()[done:],
        ("create", "iris-domain"),
        ("create", "iris.example.com-address"),
        ("update", "iris-api"),
        ("create", "iris-domain-stage"),
    )
    assert order == sorted(order)
    assert stack.up(**LAMBDA).status == 0
    stacks.give_back(LAMBDA, stack)


def test_another_network_is_refused_under_protection_before_anything_moves(stacks: Stacks):
    stack = stacks.take({})
    done = len(stack.operations())
    stack.configure(vpcCidr="10.30.0.0/16")
    refused = stack.command("up")  # which previews first
    assert refused.status != 0
    assert "protect" in refused.says
    assert stack.operations()[done:] == []
    stacks.give_back({}, stack)


def test_another_network_serves_before_the_old_one_goes(stacks: Stacks):
    stack = stacks.take({})
    free = {"deletionProtection": "false"}
    assert stack.up(**free).status == 0
    before, done = contents(stack), len(stack.operations())
    there = stack.up(**free, vpcCidr="10.30.0.0/16")
    assert there.status == 0, there.says
    assert set(stack.up(**free, vpcCidr="10.30.0.0/16").counts()) == {"unchanged"}
    operations = stack.operations()[done:]
    assert {"iris-alb", "iris-targets", "iris-http", GROUP} <= gone(operations)
    deletions = [index for index, one in enumerate(operations) if one.action == "delete"]
    creations = [index for index, one in enumerate(operations) if one.action == "create"]
    assert max(creations) < min(deletions)
    assert stack.up(**free).status == 0
    after = contents(stack)
    # A new group launches the newest version of the template.
    assert after[GROUP]["launchTemplate"].pop("version") > before[GROUP]["launchTemplate"].pop("version")
    assert after == before
