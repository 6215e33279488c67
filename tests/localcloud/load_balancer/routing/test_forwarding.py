"""Forwarding to several target groups, on a real Envoy in front of two targets.

Expected behaviour from the user guide for Application Load Balancers: "Action types for listener rules",
"Sticky sessions".
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections import Counter
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.envoy import command
from localcloud.load_balancer.envoy_config import (
    EnvoyFiles,
    EnvoyTarget,
    configuration_files,
    endpoint_config,
    parse_target_statuses,
)
from localcloud.load_balancer.routing.forwarding import Forwarding, TargetGroup
from localcloud.load_balancer.routing.unsupported_rule import UnsupportedRuleError
from localcloud.processes import find_free_port
from tests.localcloud.load_balancer.routing.test_envoy_routes import wait_for
from tests.localcloud.load_balancer.routing.test_rule_kinds import path, rule
from tests.localcloud.load_balancer.routing.test_sticky_sessions import Named
from tests.localcloud.load_balancer.test_envoy_config import LOAD_BALANCER, TARGET_GROUP, write

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND_ROBIN = {"load_balancing.algorithm.type": "round_robin"}

GREEN = TargetGroup(
    {**TARGET_GROUP, "TargetGroupArn": "arn:targetgroup/green/2"},
    ROUND_ROBIN | {"stickiness.enabled": "true"},
)


def forward(blue: int, green: int, **stickiness: Any) -> dict[str, Any]:
    groups = [
        {"TargetGroupArn": "arn:targetgroup/blue/1", "Weight": blue},
        {"TargetGroupArn": "arn:targetgroup/green/2", "Weight": green},
    ]
    return {
        "Type": "forward",
        "ForwardConfig": {"TargetGroups": groups, "TargetGroupStickinessConfig": stickiness},
    }


RULES = [
    rule({"Type": "forward", "TargetGroupArn": "arn:targetgroup/green/2"}, path("/green")),
    rule(forward(3, 1), path("/split")),
    rule(forward(1, 1, Enabled=True, DurationSeconds=90), path("/sticky")),
    rule(forward(0, 1), path("/switched")),
    rule(forward(0, 0), path("/none")),
]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a load balancer whose groups have a target each, named in the header `X-Group`."""
    files, port = EnvoyFiles(tmp_path_factory.mktemp("envoy")), find_free_port()
    own = {**TARGET_GROUP, "TargetGroupArn": "arn:targetgroup/blue/1"}
    write(configuration_files(files, port, LOAD_BALANCER, own, ROUND_ROBIN, RULES, None, [GREEN]))
    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), Named) for name in ("fleet", GREEN.cluster)}
    for cluster, server in servers.items():
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        config = endpoint_config([EnvoyTarget(f"i-{cluster}", server.server_port)], cluster)
        files.endpoints_of(cluster).write_text(json.dumps(config))
    GROUPS.update({str(server.server_port): cluster for cluster, server in servers.items()})
    with subprocess.Popen(command(files), stderr=subprocess.DEVNULL) as envoy:
        try:
            wait_for(f"http://127.0.0.1:{port}/")
            wait_for(f"http://127.0.0.1:{port}/green")
            yield f"http://127.0.0.1:{port}"
        finally:
            envoy.terminate()
            for server in servers.values():
                server.shutdown()
                server.server_close()


GROUPS: dict[str, str] = {}
"""Port of a target -> cluster of its group."""


def groups(url: str, requests: int, client: httpx.Client) -> Counter[str]:
    return Counter(GROUPS[client.get(url).text] for _ in range(requests))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
        yield client


def test_a_rule_forwards_to_another_target_group_with_its_own_stickiness(url: str, client: httpx.Client):
    assert groups(f"{url}/", 10, client) == {"fleet": 10}
    assert not client.cookies
    assert groups(f"{url}/green", 10, client) == {GREEN.cluster: 10}
    assert [*client.cookies] == ["AWSALB"]


def test_requests_are_distributed_by_weight(url: str, client: httpx.Client):
    # 3 of 4 of 400, by chance: the standard deviation is 9.
    assert 250 < groups(f"{url}/split", 400, client)["fleet"] < 350


def test_a_group_without_weight_gets_no_requests_and_none_at_all_is_unavailable(
    url: str, client: httpx.Client
):
    assert groups(f"{url}/switched", 20, client) == {GREEN.cluster: 20}
    assert client.get(f"{url}/none").status_code == 503


def test_a_client_stays_with_the_target_group_of_its_first_request(url: str):
    seen: Counter[str] = Counter()
    for _ in range(30):
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as client:
            (group,) = groups(f"{url}/sticky", 5, client)
            assert client.cookies["AWSALBTG"] == group
            seen[group] += 1
    assert len(seen) == 2


def test_a_group_of_functions_is_an_error_and_not_ignored():
    function = TargetGroup({"TargetGroupArn": "arn:f", "TargetType": "lambda"}, {})
    with pytest.raises(UnsupportedRuleError, match="target groups of type lambda"):
        Forwarding("60s", "arn", {"arn:f": function}).routes({"Type": "forward", "TargetGroupArn": "arn:f"})


def test_a_target_of_two_groups_has_the_health_of_the_listeners_and_the_requests_of_both():
    def cluster(name: str, requests: str, **health: bool) -> dict[str, Any]:
        host = {
            "hostname": "i-1",
            "health_status": health,
            "stats": [{"name": "rq_total", "value": requests}],
        }
        return {"name": name, "host_statuses": [host]}

    statuses = parse_target_statuses(
        {
            "cluster_statuses": [
                cluster("fleet-2", "5", failed_active_health_check=True),
                cluster("fleet", "7"),
                cluster("firewall", "9"),
            ]
        }
    )
    assert (statuses["i-1"].healthy, statuses["i-1"].requests) == (True, 12)


@pytest.mark.parametrize(("duration", "seconds"), [({}, 3_600), ({"DurationSeconds": 60}, 60)])
def test_the_cookie_of_a_group_is_for_all_paths_and_its_time(duration: dict[str, int], seconds: int):
    other = TargetGroup({"TargetGroupArn": "arn/other"}, {})
    sticky = {"TargetGroupStickinessConfig": {"Enabled": True, **duration}}
    listed = [{"TargetGroupArn": "arn"}, {"TargetGroupArn": "arn/other", "Weight": 3}]
    action = {"ForwardConfig": {"TargetGroups": listed, **sticky}}
    first, second, new = Forwarding("60s", "arn", {"arn/other": other}).routes(action)
    clusters = new["route"]["weighted_clusters"]["clusters"]
    assert [each["weight"] for each in clusters] == [1, 3]
    # Bound clients first; each response sets the cookie again.
    for route, cluster in zip((first, second), clusters, strict=True):
        assert route["route"]["cluster"] == cluster["name"]
        for sender in (route, cluster):
            (added,) = sender["response_headers_to_add"]
            name, _, value = added["header"]["value"].partition("=")
            assert added["header"]["key"] == "set-cookie"
            assert value == f"{cluster['name']}; Max-Age={seconds}; Path=/"
            assert name in json.dumps(route["headers"])
            assert added["append_action"] == "APPEND_IF_EXISTS_OR_ADD"
