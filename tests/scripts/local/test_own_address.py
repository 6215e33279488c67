"""Addresses of this machine from which lessons and attacks are sent."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Final

import pytest

from infra.stack_config import DEFAULTS
from scripts.local.lessons.ideas.scaling import horizontal, peak
from scripts.local.own_address import ATTACKER, FLOODER, SHARES_LOOPBACK, VISITOR, VISITORS

WINDOW: Final = 300
"""Seconds in which a rate-based rule counts."""


@pytest.mark.skipif(not SHARES_LOOPBACK, reason="the system has one address of loopback")
def test_no_lesson_sends_more_from_one_address_than_the_firewall_lets_pass():
    limit = int(DEFAULTS["rateLimitPerIp"])
    of_horizontal = horizontal.RATE * (horizontal.LOAD_SECONDS + 1) * len(horizontal.SIZES)
    for requests in (of_horizontal, peak.PEAK * peak.SECONDS_PER_HOUR * peak.HOURS):
        # All of them lie within one window.
        assert requests / len(VISITORS) < limit


def test_the_clients_of_lessons_floods_and_attacks_are_counted_by_themselves():
    addresses = [*VISITORS, VISITOR, FLOODER, ATTACKER, "127.0.0.1"]
    assert len(set(addresses)) == len(addresses)
    assert all(ip_address(each) in ip_network("127.0.0.0/8") for each in addresses)
