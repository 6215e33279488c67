from __future__ import annotations

import pytest

from tests.infra.configs import mistakes


@pytest.mark.parametrize(
    ("cidr", "reason"),
    [
        ("10.20.0.1/16", "its address has bits set beyond the prefix"),
        ("8.8.0.0/16", "it is not private"),
        ("172.32.0.0/16", "it is not private"),
        ("10.0.0.0/15", "a /15 does not fit"),
        ("10.0.0.0/25", "a /25 does not fit"),
        ("10.0.0.0/33", "it is not an IPv4 range"),
        ("fd00::/16", "it is not an IPv4 range"),
        ("", "it is not an IPv4 range"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_with_the_reason(cidr: str, reason: str):
    (line,) = mistakes(vpcCidr=cidr)
    assert line.startswith(f"vpcCidr is {cidr!r} ({reason}): allowed is a private range")
