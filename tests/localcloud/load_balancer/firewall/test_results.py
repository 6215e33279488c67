"""Counts and samples of the firewall's decisions, as CloudWatch and AWS WAF show them."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.firewall.results import SAMPLES, Results
from localcloud.load_balancer.firewall.rules.web_acl import BlockResponse, RuleMatch, Verdict
from tests.localcloud.load_balancer.firewall.acls import request

if TYPE_CHECKING:
    from localcloud.load_balancer.firewall.results import Json

ALLOWED = Verdict(is_allowed=True, terminating=RuleMatch("Default_Action", "Allow"))
BLOCKED = Verdict(is_allowed=False, terminating=RuleMatch("Bots", "Block", "AWS#Common#BadBots"))
COUNTED = RuleMatch("Size", "Count")


def samples_of(verdict: Verdict, *headers: tuple[str, str]) -> dict[str, list[Json]]:
    results = Results()
    results.add(request("/a?b", headers=headers), verdict)
    return results.samples()


# AWS WAF developer guide, "AWS WAF core metrics and dimensions": ALL are the requests of all rules together.
def test_requests_are_counted_by_their_decision_and_by_each_rule_that_counts_them():
    results = Results()
    both = Verdict(
        is_allowed=False, terminating=BLOCKED.terminating, counted=(COUNTED, RuleMatch("Geo", "Count"))
    )
    for verdict in (ALLOWED, ALLOWED, BLOCKED, both):
        results.add(request(), verdict)
    assert results.total == 4
    assert results.counts() == {
        "ALL": {"AllowedRequests": 2, "BlockedRequests": 2, "CountedRequests": 1},
        "Default_Action": {"AllowedRequests": 2},
        "Bots": {"BlockedRequests": 2},
        "Size": {"CountedRequests": 1},
        "Geo": {"CountedRequests": 1},
    }


def test_a_sample_has_the_request_but_none_of_its_secrets():
    headers = (("host", "a.org"), ("cookie", "session=secret"), ("authorization", "Bearer secret"))
    (sample,) = samples_of(BLOCKED, *headers)["Bots"]
    shown = {each["Name"]: each["Value"] for each in sample["Request"]["Headers"]}
    assert shown == {"host": "a.org", "cookie": "REDACTED", "authorization": "REDACTED"}
    assert (sample["Request"]["URI"], sample["Request"]["Method"]) == ("/a?b", "GET")
    assert (sample["Action"], sample["RuleNameWithinRuleGroup"]) == ("BLOCK", "AWS#Common#BadBots")


def test_a_sample_has_the_members_of_the_api():
    # SampledHTTPRequest and HTTPRequest, AWS WAFV2 API.
    results = Results()
    labelled = replace(BLOCKED, labels=frozenset({"b", "a"}))
    results.add(replace(request("/a?b", "POST"), source="10.1.2.3", headers=(("host", "a.org"),)), labelled)
    (sample,) = results.samples()["Bots"]
    assert sample.pop("Timestamp") == pytest.approx(time.time(), abs=60)
    assert sample == {
        "Request": {
            "ClientIP": "10.1.2.3",
            "Country": "-",
            "URI": "/a?b",
            "Method": "POST",
            "HTTPVersion": "HTTP/1.1",
            "Headers": [{"Name": "host", "Value": "a.org"}],
        },
        "Weight": 1,
        "Action": "BLOCK",
        "Labels": [{"Name": "a"}, {"Name": "b"}],
        "RuleNameWithinRuleGroup": "AWS#Common#BadBots",
        "ResponseCodeSent": 403,
    }


def test_a_sample_of_a_blocked_request_has_the_status_that_was_sent():
    custom = Verdict(is_allowed=False, terminating=BLOCKED.terminating, response=BlockResponse(429))
    assert [samples_of(verdict)["Bots"][0]["ResponseCodeSent"] for verdict in (BLOCKED, custom)] == [403, 429]
    (allowed,) = samples_of(ALLOWED)["Default_Action"]
    assert "ResponseCodeSent" not in allowed
    assert "RuleNameWithinRuleGroup" not in allowed


def test_the_latest_hundred_requests_of_each_rule_are_kept():
    results = Results()
    for number in range(SAMPLES + 5):
        results.add(request(f"/{number}"), BLOCKED)
    kept = [each["Request"]["URI"] for each in results.samples()["Bots"]]
    assert (len(kept), kept[0], kept[-1]) == (100, "/5", "/104")
