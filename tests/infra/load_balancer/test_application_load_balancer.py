from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws
import pytest

from infra.load_balancer.application_load_balancer import (
    ApplicationLoadBalancer,
    ApplicationLoadBalancerArgs,
    Https,
)
from infra.load_balancer.blocked_paths import NOT_FOUND, blocked_path_rules
from infra.load_balancer.config import OPERATORS_PATHS
from infra.load_balancer.target_group_config import ALGORITHMS
from tests.infra.mock_aws import TAGS, MockAws, deploy, fleet_config

if TYPE_CHECKING:
    from collections.abc import Sequence

BALANCER = "edge-alb"
TARGETS = "edge-targets"


HTTPS = Https(certificate_arn="arn:issued", name="iris.example.com", zone_id="zone")


def open_port(name: str, after: Sequence[pulumi.Resource]) -> pulumi.CustomResource:
    opts = pulumi.ResourceOptions(depends_on=list(after))
    return pulumi_aws.vpc.SecurityGroupIngressRule(
        f"open-{name}", security_group_id="group", ip_protocol="tcp", opts=opts
    )


@cache
def balancer(https: Https | None = None, *, protected: bool = True, late: str = "", **values: str) -> MockAws:
    fleet = fleet_config(**values)
    args = ApplicationLoadBalancerArgs(
        config=fleet.load_balancer,
        target_group=fleet.target_group,
        vpc_id="vpc",
        vpc_cidr="10.20.0.0/16",
        subnet_ids=["subnet-a", "subnet-b"],
        security_group_id="group",
        open_http=partial(open_port, "http"),
        open_https=partial(open_port, "https"),
        service_port=8080,
        log_bucket="logs",
        access_prefix="access",
        connections_prefix="connections",
        https=https,
        protected=protected,
        tags=TAGS,
    )

    def program() -> None:
        component = ApplicationLoadBalancer("edge", args)
        pulumi.export("url", component.url)
        pulumi.export("metric_name", component.metric_name)
        pulumi.export("target_group_metric_name", component.target_group_metric_name)

    return deploy(program, MockAws(late=late))


def test_it_stands_in_the_given_subnets_and_lets_the_given_group_decide_who_comes_in():
    resource = balancer().resources[BALANCER]
    assert resource["loadBalancerType"] == "application"
    assert resource["internal"] is False
    assert (resource["subnets"], resource["securityGroups"]) == (["subnet-a", "subnet-b"], ["group"])


def test_requests_that_can_be_understood_in_two_ways_are_turned_away():
    resource = balancer().resources[BALANCER]
    assert resource["dropInvalidHeaderFields"] is True
    assert resource["desyncMitigationMode"] == "strictest"


def test_it_gives_up_idle_connections_before_the_service_does():
    resource = balancer(loadBalancerIdleTimeoutSeconds="50", serviceKeepAliveSeconds="51").resources[BALANCER]
    assert resource["idleTimeout"] == 50


def test_an_instance_is_healthy_while_it_says_that_it_is_ready():
    mock_aws = balancer(
        healthCheckIntervalSeconds="7",
        healthCheckTimeoutSeconds="3",
        healthyThresholdCount="4",
        unhealthyThresholdCount="6",
    )
    assert mock_aws.resources[TARGETS]["healthCheck"] == {
        "enabled": True,
        "protocol": "HTTP",
        "port": "traffic-port",
        "path": "/readyz",
        "matcher": "200",
        "interval": 7,
        "timeout": 3,
        "healthyThreshold": 4,
        "unhealthyThreshold": 6,
    }


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_algorithm_is_the_configured_one(algorithm: str):
    assert (
        balancer(loadBalancingAlgorithm=algorithm).resources[TARGETS]["loadBalancingAlgorithmType"]
        == algorithm
    )


def test_an_instance_that_leaves_may_finish_its_requests():
    assert balancer(deregistrationDelaySeconds="12").resources[TARGETS]["deregistrationDelay"] == 12


def test_http_requests_are_forwarded_to_the_instances_on_the_service_port():
    resources = balancer().resources
    assert (resources["edge-http"]["protocol"], resources["edge-http"]["port"]) == ("HTTP", 80)
    assert resources["edge-http"]["defaultActions"] == [
        {"type": "forward", "targetGroupArn": f"arn:{TARGETS}"}
    ]
    assert (resources[TARGETS]["targetType"], resources[TARGETS]["protocol"]) == ("instance", "HTTP")
    assert (resources[TARGETS]["port"], resources[TARGETS]["vpcId"]) == (8080, "vpc")


def test_without_a_name_it_warns_that_it_speaks_plain_http(caplog: pytest.LogCaptureFixture):
    balancer.__wrapped__(HTTPS)
    assert caplog.messages == []
    balancer.__wrapped__()
    (warning,) = caplog.messages
    assert "plain HTTP: set `domainName`" in warning


def test_with_a_name_it_answers_over_current_tls_and_sends_plain_http_there():
    mock_aws = balancer(HTTPS)
    listener = mock_aws.resources["edge-https"]
    assert (listener["protocol"], listener["port"]) == ("HTTPS", 443)
    assert (listener["certificateArn"], listener["sslPolicy"]) == (
        "arn:issued",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
    )
    assert listener["defaultActions"] == [{"type": "forward", "targetGroupArn": f"arn:{TARGETS}"}]
    plain = mock_aws.resources["edge-http"]
    assert (plain["protocol"], plain["port"]) == ("HTTP", 80)
    assert plain["defaultActions"] == [
        {
            "type": "redirect",
            "redirect": {
                "host": "iris.example.com",
                "protocol": "HTTPS",
                "port": "443",
                "statusCode": "HTTP_301",
            },
        }
    ]
    assert mock_aws.exports["url"] == "https://iris.example.com"


@pytest.mark.parametrize("late", ["edge-https", "iris.example.com-address"])
def test_plain_http_redirects_only_after_https_listens_at_the_name(late: str):
    created = list(balancer(HTTPS, late=late).resources)
    assert (
        created.index("edge-https") < created.index("iris.example.com-address") < created.index("edge-http")
    )


@pytest.mark.parametrize("public", ["", "docs", "health, version", "metrics, version, docs"])
def test_a_rule_has_the_same_priority_in_every_configuration(public: str):
    # Rules are created and updated before any is deleted, and a priority may be in use only once.
    rules = balancer(publicPaths=public).of_type("aws:lb/listenerRule:ListenerRule")
    everything = balancer().resources
    assert {rule.name: rule["priority"] for rule in rules} == {
        rule.name: everything[rule.name]["priority"] for rule in rules
    }


def test_it_is_replaced_with_its_vpc_and_protected_from_that_with_deletion_protection():
    for protected in (True, False):
        options = balancer(protected=protected).resources[BALANCER].options
        assert options.replacement_trigger == "10.20.0.0/16"
        assert options.protect is protected


def test_browsers_stay_with_https_for_a_year_where_there_is_a_name():
    header = "routingHttpResponseStrictTransportSecurityHeaderValue"
    named = balancer(HTTPS).resources
    # RFC 6797, 6.1: 31,536,000 seconds are 365 days.
    assert named["edge-https"][header] == "max-age=31536000"
    # RFC 6797, 7.2: not over plain HTTP.
    assert header not in named["edge-http"].inputs
    assert header not in balancer().resources["edge-http"].inputs


def test_its_name_leads_to_it():
    record = balancer(HTTPS).resources["iris.example.com-address"]
    assert (record["zoneId"], record["name"], record["type"]) == ("zone", "iris.example.com", "A")
    assert record["aliases"] == [
        {"name": "alb.example.com", "zoneId": "ZBALANCER", "evaluateTargetHealth": False}
    ]


def test_it_hides_what_is_for_operators_behind_a_problem():
    mock_aws = balancer()
    rules = {rule.name: rule for rule in mock_aws.of_type("aws:lb/listenerRule:ListenerRule")}
    hidden = {name: rule["conditions"][0]["pathPattern"]["regexValues"] for name, rule in rules.items()}
    assert hidden == {
        f"edge-hide-{rule.role}": list(rule.expressions)
        for rule in blocked_path_rules(tuple(OPERATORS_PATHS))
    }
    assert {name: rule["priority"] for name, rule in rules.items()} == {
        "edge-hide-health": 10,
        "edge-hide-metrics": 20,
        "edge-hide-version": 30,
        "edge-hide-docs": 40,
    }
    for rule in rules.values():
        (action,) = rule["actions"]
        assert rule["listenerArn"] == "arn:edge-http"
        assert action["fixedResponse"]["statusCode"] == "404"
        assert action["type"] == "fixed-response"
        assert action["fixedResponse"]["contentType"] == "application/json"
        assert action["fixedResponse"]["messageBody"] == NOT_FOUND


def test_with_a_name_both_listeners_hide_the_same():
    rules = balancer(HTTPS).of_type("aws:lb/listenerRule:ListenerRule")
    hidden: dict[str, set[int]] = {}
    for rule in rules:
        hidden.setdefault(rule["listenerArn"], set()).add(rule["priority"])
    assert hidden == {"arn:edge-https": {10, 20, 30, 40}, "arn:edge-http": {10, 20, 30, 40}}


@pytest.mark.parametrize(
    ("https", "opened", "late"),
    [(None, "http", "hide"), (HTTPS, "http", "hide"), (HTTPS, "https", "https-hide")],
)
@pytest.mark.parametrize("group", ["health", "metrics", "version", "docs"])
def test_a_port_opens_only_after_every_rule_of_its_listener(
    https: Https | None, opened: str, late: str, group: str
):
    created = list(balancer(https, late=f"edge-{late}-{group}").resources)
    assert created.index(f"edge-{late}-{group}") < created.index(f"open-{opened}")


def test_plain_http_redirects_only_after_https_is_open():
    created = list(balancer(HTTPS, late="open-https").resources)
    assert created.index("open-https") < created.index("edge-http")


def test_it_hides_nothing_where_all_is_public():
    mock_aws = balancer(publicPaths="health,metrics,version,docs")
    assert mock_aws.of_type("aws:lb/listenerRule:ListenerRule") == []


def test_it_notes_requests_and_connections_unless_it_shall_not():
    logs = balancer(loadBalancerConnectionLogs="false").resources[BALANCER]
    assert logs["accessLogs"] == {"bucket": "logs", "prefix": "access", "enabled": True}
    assert logs["connectionLogs"] == {"bucket": "logs", "prefix": "connections", "enabled": False}


@pytest.mark.parametrize("protected", [False, True])
def test_it_is_protected_from_deletion_where_the_stack_is(*, protected: bool):
    assert balancer(protected=protected).resources[BALANCER]["enableDeletionProtection"] is protected


def test_protocols_and_the_header_of_who_asked_are_as_configured():
    resource = balancer(http2="false", xForwardedForMode="remove").resources[BALANCER]
    assert (resource["enableHttp2"], resource["xffHeaderProcessingMode"]) == (False, "remove")
    assert resource["enableCrossZoneLoadBalancing"] is True


def test_a_new_instance_gets_its_share_at_once_or_by_and_by():
    assert balancer().resources[TARGETS]["slowStart"] == 0
    assert balancer(slowStartSeconds="45").resources[TARGETS]["slowStart"] == 45


def test_a_cookie_holds_clients_to_an_instance_where_it_is_asked_to():
    assert balancer().resources[TARGETS]["stickiness"] == {"type": "lb_cookie", "enabled": False}
    assert balancer(stickinessSeconds="90").resources[TARGETS]["stickiness"] == {
        "type": "lb_cookie",
        "enabled": True,
        "cookieDuration": 90,
    }


def test_anomaly_mitigation_is_off_without_the_algorithm_that_supports_it():
    assert balancer().resources[TARGETS]["loadBalancingAnomalyMitigation"] == "off"
    weighted = {"loadBalancingAlgorithm": "weighted_random", "minInstances": "3"}
    for setting, attribute in (("false", "off"), ("true", "on")):
        resource = balancer(**weighted, anomalyMitigation=setting).resources[TARGETS]
        assert resource["loadBalancingAnomalyMitigation"] == attribute


def test_its_url_and_the_names_of_its_metrics_are_handed_out():
    assert balancer().exports == {
        "url": "http://alb.example.com",
        "metric_name": "app/alb/1",
        "target_group_metric_name": "targetgroup/targets/2",
    }
