"""Stand-ins for AWS's managed rule groups: they block most attacks of a corpus and no legitimate request."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from localcloud.load_balancer.firewall.rules import detectors
from localcloud.load_balancer.firewall.rules.statements import Sources
from localcloud.load_balancer.firewall.rules.web_acl import WebAcl
from service.api.application import create_api
from service.model.registry import load_predictors
from service.settings import Settings
from tests.localcloud.load_balancer.firewall.acls import (
    ALL_GROUPS,
    DEFAULT_GROUPS,
    Json,
    acl,
    groups,
    managed,
)
from tests.localcloud.load_balancer.firewall.attacks import PLACES, attacks, payloads
from tests.localcloud.load_balancer.firewall.legitimate import ROUTES, legitimate
from tests.trained import small_recipes, train_into

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


@pytest.mark.parametrize(
    "unit", ["'", "(", "<a ", "../", "${", "select ", "or 1=", "; ", "a/*", "<img src=", "$("]
)
def test_a_body_of_8_kb_takes_at_most_a_moment(unit: str):
    text = (unit * 8_192)[:8_192]
    started = time.process_time()
    for detect in (
        detectors.is_sql_injection,
        detectors.is_cross_site_scripting,
        detectors.is_path_traversal,
        detectors.is_log4j_lookup,
        detectors.is_shell_command,
        detectors.is_remote_inclusion,
        detectors.is_remote_code,
    ):
        detect(text)
    assert time.process_time() - started < 1
