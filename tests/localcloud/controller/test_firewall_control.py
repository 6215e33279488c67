"""Events of the firewall: one for an attack, however long it lasts."""

from __future__ import annotations

from localcloud.controller.firewall_control import BlockingRules


def test_a_rule_is_told_once_for_an_attack_and_again_after_a_minute_of_quiet():
    rules = BlockingRules()
    # Counts are published every five seconds, for ten minutes.
    told = [second for second in range(0, 601, 5) if rules.begun(["RateLimit"], float(second))]
    assert told == [0]
    assert rules.begun(["RateLimit"], 659.9) == []
    assert rules.begun([], 700.0) == []
    assert rules.begun(["RateLimit"], 719.9) == ["RateLimit"]


def test_each_rule_has_its_own_attacks():
    rules = BlockingRules()
    assert rules.begun(["RateLimit"], 0.0) == ["RateLimit"]
    assert rules.begun(["RateLimit", "LargeBody"], 5.0) == ["LargeBody"]
