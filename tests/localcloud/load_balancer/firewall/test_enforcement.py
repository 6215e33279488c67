"""Requests through a real Envoy and a real firewall to a target that notes what reaches it."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
import urllib3

from localcloud.health_probe import NO_CERTIFICATES
from localcloud.load_balancer.firewall.definition import Definition
from tests.localcloud.load_balancer.firewall.acls import Json, acl, contains, managed, rule
from tests.localcloud.load_balancer.firewall.running import RunningFirewall, running_firewall
from tests.suite.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMIT = 200
"""Requests of one address in a minute."""

OTHER_ADDRESS = "127.0.0.3"

PAGE = (
    "<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n"
    "<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n"
)
"""403 of an Application Load Balancer, in 118 bytes."""


def rate(limit: int, **more: object) -> Json:
    return {
        "RateBasedStatement": {"Limit": limit, "EvaluationWindowSec": 60, "AggregateKeyType": "IP", **more}
    }


FORWARDED = rate(
    10,
    AggregateKeyType="FORWARDED_IP",
    ForwardedIPConfig={"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH"},
)

INSERTING: Json = {"Count": {"CustomRequestHandling": {"InsertHeaders": [{"Name": "Seen", "Value": "yes"}]}}}
TEAPOT: Json = {
    "Block": {
        "CustomResponse": {
            "ResponseCode": 418,
            "CustomResponseBodyKey": "tea",
            "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
        }
    }
}

DEFINITION = Definition(
    acl=acl(
        rule("Denied", {"IPSetReferenceStatement": {"ARN": "denied"}}, 0),
        rule("Forwarded", FORWARDED, 1),
        rule("Flood", rate(LIMIT, ScopeDownStatement=contains("/flood")), 2),
        rule("Marked", contains("/marked"), 3, Action=INSERTING),
        rule("Tea", contains("/tea"), 4, Action=TEAPOT),
        managed("AWSManagedRulesCommonRuleSet", 5),
        CustomResponseBodies={"tea": {"ContentType": "TEXT_PLAIN", "Content": "no coffee"}},
    ),
    ip_sets={"denied": ["127.0.0.2/32"]},
)


@pytest.fixture(scope="module")
def module_firewall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFirewall]:
    with running_firewall(tmp_path_factory.mktemp("waf"), DEFINITION) as running:
        yield running


@pytest.fixture
def firewall(module_firewall: RunningFirewall) -> RunningFirewall:
    module_firewall.received.requests.clear()
    return module_firewall


def client(firewall: RunningFirewall, address: str = "127.0.0.1") -> httpx.Client:
    transport = httpx.HTTPTransport(local_address=address, verify=NO_CERTIFICATES)
    return httpx.Client(base_url=firewall.url, transport=transport, timeout=20)


def status(firewall: RunningFirewall, target: str) -> int:
    """Return the status of a request, which may wait for a process of the firewall that starts."""
    return httpx.get(f"{firewall.url}{target}", timeout=20, verify=NO_CERTIFICATES).status_code


@pytest.fixture
def browser(firewall: RunningFirewall) -> Iterator[httpx.Client]:
    with client(firewall) as browser:
        yield browser


def test_a_blocked_request_gets_the_page_of_an_alb_and_reaches_no_target(
    firewall: RunningFirewall, browser: httpx.Client
):
    assert browser.get("/api?q=flower").text == "ok"
    blocked = browser.get("/api", params={"q": "<script>alert(1)</script>"})
    assert (blocked.status_code, blocked.text) == (403, PAGE)
    assert set(blocked.headers) == {"server", "date", "content-type", "content-length"}
    assert (blocked.headers["server"], blocked.headers["content-type"]) == ("awselb/2.0", "text/html")
    assert blocked.headers["content-length"] == "118"
    assert [path for _, path, _, _ in firewall.received.requests] == ["/api?q=flower"]


def test_the_source_address_cannot_be_forged(firewall: RunningFirewall, browser: httpx.Client):
    forged = {"x-firewall-source": "127.0.0.2", "x-forwarded-for": "192.0.2.9"}
    assert browser.get("/a", headers=forged).status_code == 200
    with client(firewall, "127.0.0.2") as denied:
        assert denied.get("/a", headers={"x-firewall-source": "127.0.0.1"}).status_code == 403


@pytest.mark.parametrize(("size", "status"), [(8_192, 200), (8_193, 403), (50_000, 403)])
def test_a_body_is_too_large_above_8_kb(
    firewall: RunningFirewall, browser: httpx.Client, size: int, status: int
):
    assert browser.post("/a", content=b"x" * size).status_code == status
    assert [len(body) for *_, body in firewall.received.requests] == [size] * (status == 200)


def test_a_large_body_that_is_allowed_reaches_the_target_whole(firewall: RunningFirewall):
    body = b"".join(b"%d" % (number % 10) * 1_000 for number in range(100))
    count: list[Json] = [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
    counting = acl(managed("AWSManagedRulesCommonRuleSet", RuleActionOverrides=count))
    with defined(firewall, replace(DEFINITION, acl=counting)), client(firewall) as browser:
        assert browser.post("/a", content=body).status_code == 200
    (received,) = [sent for _, path, _, sent in firewall.received.requests if path == "/a"]
    assert received == body


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PROPFIND", "UNHEARD-OF"])
def test_every_method_is_inspected_and_forwarded(browser: httpx.Client, method: str):
    assert browser.request(method, "/a").status_code == 200
    assert browser.request(method, "/a?q=<script>").status_code == 403
    assert browser.get("/a").text == "ok"


def test_a_counting_rule_inserts_its_header(firewall: RunningFirewall, browser: httpx.Client):
    assert browser.get("/marked", headers={"x-amzn-waf-seen": "forged"}).status_code == 200
    (_, _, headers, _) = firewall.received.requests[-1]
    assert headers["x-amzn-waf-seen"] == "yes"


def test_a_custom_response_reaches_the_client(browser: httpx.Client):
    answer = browser.get("/tea")
    assert (answer.status_code, answer.text) == (418, "no coffee")
    assert (answer.headers["retry-after"], answer.headers["content-type"]) == ("60", "text/plain")


def test_only_the_addresses_of_the_client_count_as_forwarded(browser: httpx.Client):
    assert [browser.get("/a").status_code for _ in range(15)] == [200] * 15
    sent = [browser.get("/a", headers={"X-Forwarded-For": "192.0.2.1"}).status_code for _ in range(15)]
    assert sent == [200] * 10 + [403] * 5
    assert browser.get("/a", headers={"X-Forwarded-For": "192.0.2.2, 192.0.2.1"}).status_code == 200


def test_a_flood_is_refused_and_another_address_is_served(firewall: RunningFirewall):
    sent, ended, served = 3_000, threading.Event(), list[int]()

    def connection(address: str) -> urllib3.HTTPConnectionPool:
        # A request takes half the processor time of one of httpx.
        return urllib3.connection_from_url(
            firewall.url, source_address=(address, 0), timeout=20, retries=False
        )

    def other() -> None:
        with connection(OTHER_ADDRESS) as calm:
            while not ended.is_set() or len(served) < 100:
                served.append(calm.request("GET", "/flood" if len(served) < 100 else "/calm").status)

    calm = threading.Thread(target=other)
    calm.start()
    with connection("127.0.0.1") as flooding:
        statuses = [flooding.request("GET", "/flood").status for _ in range(sent)]
    ended.set()
    calm.join()
    refused = statuses.count(403)
    assert statuses[:LIMIT] == [200] * LIMIT
    assert refused >= 0.99 * (sent - LIMIT)
    assert set(statuses) == {200, 403}
    assert len([status for status in served if status != 200]) < 0.001 * len(served)


def test_decisions_are_counted_and_sampled_by_rule(firewall: RunningFirewall, browser: httpx.Client):
    def sampled() -> list[Json]:
        if not firewall.files.samples.exists():
            return []
        samples: list[Json] = json.loads(firewall.files.samples.read_text()).get("Tea", [])
        return [each for each in samples if each["Request"]["URI"] == "/tea?why"]

    browser.get("/tea?why", headers={"Authorization": "Bearer secret", "X-Note": "hello"})
    (sample,) = until(sampled)
    assert firewall.results()["Tea"]["BlockedRequests"] >= 1
    assert (sample["Action"], sample["ResponseCodeSent"]) == ("BLOCK", 418)
    assert sample["Request"]["ClientIP"] == "127.0.0.1"
    headers = {each["Name"]: each["Value"] for each in sample["Request"]["Headers"]}
    assert (headers["authorization"], headers["x-note"]) == ("REDACTED", "hello")
    assert not [name for name in headers if name.startswith(("x-envoy", "x-firewall"))]
    assert "secret" not in firewall.files.samples.read_text()


class defined:  # noqa: N801 - it reads as a function
    """Put another web ACL in force for a while."""

    def __init__(self, firewall: RunningFirewall, definition: Definition) -> None:
        self._firewall, self._definition = firewall, definition

    def _define(self, definition: Definition, name: str) -> None:
        marked = [*definition.acl["Rules"], rule(name, contains(f"/{name}"), 99)]
        self._firewall.define(replace(definition, acl={**definition.acl, "Rules": marked}))
        until(lambda: status(self._firewall, f"/{name}") == 403)

    def __enter__(self) -> None:
        self._define(self._definition, "during")

    def __exit__(self, *_: object) -> None:
        self._define(DEFINITION, "after")


def test_another_web_acl_holds_while_it_runs_and_keeps_the_counts(firewall: RunningFirewall):
    with client(firewall, "127.0.0.4") as flooding:
        assert [flooding.get("/flood").status_code for _ in range(LIMIT)] == [200] * LIMIT
        only = acl(rule("Flood", rate(LIMIT, ScopeDownStatement=contains("/flood")), 0))
        with defined(firewall, replace(DEFINITION, acl=only)):
            assert flooding.get("/flood").status_code == 403


def test_a_request_waits_for_a_new_process_and_is_refused_without_one(firewall: RunningFirewall):
    firewall.stop()
    starting = threading.Timer(0.3, firewall.start)
    starting.start()
    with client(firewall) as browser:
        assert browser.get("/a").status_code == 200
        starting.join()
        firewall.stop()
        assert browser.get("/a").status_code == 500
    assert len(firewall.received.requests) == 1
    firewall.start()
    until(lambda: status(firewall, "/a") == 200)


def test_the_results_are_for_their_owner_and_complete_when_the_process_ends(firewall: RunningFirewall):
    firewall.stop()
    firewall.start()
    with client(firewall) as browser:
        until(lambda: browser.get("/a").status_code == 200)
        assert {browser.get("/tea").status_code for _ in range(3)} == {418}
    assert firewall.process
    firewall.process.terminate()
    assert firewall.process.wait(20) == 0
    assert firewall.results()["Tea"] == {"BlockedRequests": 3}
    for file in (firewall.files.counts, firewall.files.samples, firewall.files.socket):
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0
    firewall.start()
    until(lambda: status(firewall, "/a") == 200)


def test_no_request_is_refused_between_the_end_of_the_web_acl_and_that_of_the_load_balancers_questions(
    firewall: RunningFirewall,
):
    attack = "/a?q=<script>"
    with client(firewall) as browser:
        assert browser.get(attack).status_code == 403
        firewall.files.definition.unlink()
        until(lambda: browser.get(attack).status_code == 200)
        assert {browser.get(attack).status_code for _ in range(50)} == {200}
        firewall.define(DEFINITION)
        until(lambda: browser.get(attack).status_code == 403)


def test_a_load_balancer_that_fails_open_forwards_without_its_firewall(
    tmp_path_factory: pytest.TempPathFactory,
):
    attributes = {"waf.fail_open.enabled": "true"}
    with running_firewall(tmp_path_factory.mktemp("open"), DEFINITION, **attributes) as firewall:
        assert status(firewall, "/a?q=<script>") == 403
        firewall.stop()
        assert status(firewall, "/a?q=<script>") == 200
