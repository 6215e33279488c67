"""Stand-ins for AWS's managed rule groups: they block most attacks of a corpus and no legitimate request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from localcloud.load_balancer.firewall.rules import detectors
from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl
from localcloud.load_balancer.firewall.rules.web_request import BODY_LIMIT
from service.api.application import create_api
from service.model.registry import load_predictors
from service.settings import Settings
from tests.localcloud.load_balancer.firewall.acls import (
    ALL_GROUPS,
    BROWSER,
    DEFAULT_GROUPS,
    Json,
    acl,
    groups,
    managed,
    request,
)
from tests.localcloud.load_balancer.firewall.attacks import PLACES, attacks, payloads
from tests.localcloud.load_balancer.firewall.legitimate import ROUTES, legitimate
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    import re
    from collections.abc import Callable
    from pathlib import Path

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest

GROUPS_OF = {
    "sql_injection": ("AWSManagedRulesSQLiRuleSet",),
    "cross_site_scripting": DEFAULT_GROUPS,
    "path_traversal": DEFAULT_GROUPS,
    "known_bad_inputs": DEFAULT_GROUPS,
    "exploitable_paths": DEFAULT_GROUPS,
    "bad_bots": DEFAULT_GROUPS,
    "shell_commands": ("AWSManagedRulesUnixRuleSet", "AWSManagedRulesLinuxRuleSet"),
}
"""Category -> groups that are about it; the groups of the default configuration are about all but two."""

KNOWN_TO_PASS = {
    "sql_injection": {"%2527%2520OR%25201%253D1--", "'=\"or'"},
    "cross_site_scripting": {"%253Cscript%253Ealert(1)%253C/script%253E"},
    "path_traversal": {
        "%252e%252e%252f%252e%252e%252fetc%252fpasswd",
        "%252e%252e%252fetc%252fpasswd",
        "%25252e%25252e%25252fetc%25252fpasswd",
        "..%u2215..%u2215etc%u2215passwd",
        "%32%65%32%65%32%66etc/passwd",
    },
    "known_bad_inputs": {"{php}echo `id`;{/php}"},
    "exploitable_paths": {"/administrator/index.php"},
    "bad_bots": {"katana"},
    "shell_commands": {";c'a't /etc/passwd", ";c\\at /etc/passwd"},
}
"""Category -> payloads that pass in one place or more, most of them where they are encoded once more."""

SIZE_IS_COUNTED: Json = {
    "RuleActionOverrides": [{"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}]
}


@pytest.mark.parametrize("category", list(PLACES))
def test_at_least_95_of_100_attacks_of_a_category_are_blocked(
    category: str, record_property: Callable[[str, object], None]
):
    firewall, sent = groups(*GROUPS_OF[category]), attacks(category)
    passed = [each for each in sent if firewall.evaluate(each, 0).is_allowed]
    share = 1 - len(passed) / len(sent)
    record_property(category, f"{share:.1%} of {len(sent)} blocked")
    assert share >= 0.95, [(each.target, each.body, each.headers[1:]) for each in passed]


@pytest.mark.parametrize("category", list(PLACES))
def test_no_other_attack_passes_than_those_that_are_known_to(category: str):
    firewall = groups(*GROUPS_OF[category])
    passed = {
        payload
        for payload in payloads(category)
        for place in PLACES[category]
        if firewall.evaluate(place(payload), 0).is_allowed
    }
    assert passed == KNOWN_TO_PASS.get(category, set())


def test_the_corpus_has_some_hundred_attacks():
    assert sum(len(payloads(category)) for category in PLACES) > 400
    assert sum(len(attacks(category)) for category in PLACES) > 800


def test_none_of_5_000_legitimate_requests_is_blocked_by_any_group():
    rules = [
        managed(name, number, **(SIZE_IS_COUNTED if "Common" in name else {}))
        for number, name in enumerate(ALL_GROUPS)
    ]
    firewall = WebAcl(acl(*rules), Sources())
    verdicts = [(each, firewall.evaluate(each, 0)) for each in legitimate(5_000)]
    blocked = [
        (verdict.terminating.rule_in_group, each.target, each.body[:200], each.headers)
        for each, verdict in verdicts
        if not verdict.is_allowed
    ]
    assert not blocked


def test_the_legitimate_requests_are_about_every_documented_path(tmp_path: Path):
    predictors = load_predictors(train_into(tmp_path, small_recipes()[-1:]))
    assert set(create_api(predictors, Settings()).openapi()["paths"]) <= set(ROUTES)


@pytest.mark.parametrize("category", list(PLACES))
def test_no_attack_that_a_detector_finds_is_a_plain_text(category: str):
    plain = [each for each in payloads(category) if detectors.is_plain(each)]
    found = [
        each
        for each in plain
        for pattern in (
            "sql_injection",
            "cross_site_scripting",
            "path_traversal",
            "log4j_lookup",
            "shell_command",
        )
        if any(detectors.pattern(pattern).search(form) for form in detectors.decoded_forms(each))
    ]
    assert not found


# AWS WAF developer guide, "Core rule set (CRS) managed rule group": requests over these bytes.
@pytest.mark.parametrize(
    ("name", "largest", "too_large"),
    [
        ("QUERYSTRING", request("/?" + "q" * 2_048), request("/?" + "q" * 2_049)),
        ("URIPATH", request("/" + "p" * 1_023), request("/" + "p" * 1_024)),
        ("BODY", request(body="1" * 8_192), request(body="1" * 8_192, has_larger_body=True)),
        (
            "Cookie_HEADER",
            request(headers=(BROWSER, ("cookie", "c" * 10_240))),
            request(headers=(BROWSER, ("cookie", "c" * 10_241))),
        ),
    ],
)
def test_a_request_above_a_size_is_blocked_and_one_of_that_size_is_not(
    name: str, largest: WebRequest, too_large: WebRequest
):
    common = groups("AWSManagedRulesCommonRuleSet")
    assert common.evaluate(largest, 0).is_allowed
    found = common.evaluate(too_large, 0).terminating.rule_in_group
    assert found == f"AWS#AWSManagedRulesCommonRuleSet#SizeRestrictions_{name}"


def test_a_user_agent_without_a_text_is_none():
    common = groups("AWSManagedRulesCommonRuleSet")
    found = common.evaluate(request(headers=(("user-agent", ""),)), 0).terminating.rule_in_group
    assert found == "AWS#AWSManagedRulesCommonRuleSet#NoUserAgent_HEADER"


def test_an_attack_whose_words_are_cut_by_zero_bytes_is_found():
    assert detectors.is_sql_injection("1' uni\0on sel\0ect password from users --")
    assert detectors.is_cross_site_scripting("<scr%00ipt>alert(1)</scr%00ipt>")


def test_bytes_of_an_attack_that_are_no_ascii_are_found():
    assert detectors.is_path_traversal("%c0%ae%c0%ae%c0%afsecret")
    assert detectors.is_remote_code("%ac%ed%00%05sr")


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_an_attack_is_found_however_often_it_is_encoded(depth: int):
    text = "1' or '1'='1"
    for _ in range(depth):
        text = quote(text, safe="")
    assert detectors.is_sql_injection(text)


HOSTILE = [
    *(
        "'",
        "(",
        "<a ",
        "../",
        "${",
        "select ",
        "or 1=",
        "; ",
        "a/*",
        "<img src=",
        "$(",
        "union ",
        "'or ",
        "'or(",
    ),
    *("1 or a", "insert into ", "update a set ", "<a", "<img ", "{{", "`", "`a", "alert(", "style=", '" on'),
    *("=http://", "=http://a", "case when ", "case when a ", "select a,", "exec ", "or'", "${jndi", "j${"),
    *(
        "\\",
        "/*",
        "\t",
        " ",
        "\n",
        "\r\n",
        "\n ",
        "a",
        "[](",
        "%27",
        "&#39;",
        "j}${",
        "$(a",
        "/.",
        "| ",
        "'/ ",
    ),
]
"""Beginnings of what the expressions look for, which repeated many times let an expression begin anew."""


def test_no_hostile_text_takes_much_longer_than_its_length_or_an_ordinary_text():
    slow: list[tuple[str, str]] = []
    for file in sorted(detectors.PATTERNS.glob("*.txt")):
        if file.stem == "words":
            continue
        expression = detectors.pattern(file.stem)
        ordinary = _seconds(expression, ("sepal length 5.1; " * BODY_LIMIT)[:BODY_LIMIT])
        for unit in HOSTILE:
            quarter = _seconds(expression, (unit * BODY_LIMIT)[: BODY_LIMIT // 4])
            whole = _seconds(expression, (unit * BODY_LIMIT)[:BODY_LIMIT])
            # Four times as long if each part is read once, sixteen times if it is read again for each other.
            if whole > 9 * max(quarter, 0.0005) or whole > 15 * max(ordinary, 0.0005):
                slow.append((file.stem, unit))
    assert not slow


def _seconds(expression: re.Pattern[str], text: str) -> float:
    """Return the shortest processor time of three searches."""
    times: list[float] = []
    for _ in range(3):
        started = time.process_time()
        expression.search(text)
        times.append(time.process_time() - started)
    return min(times)
