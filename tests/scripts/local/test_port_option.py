"""Ports of this machine as options of commands."""

from __future__ import annotations

import click
import pytest

from scripts.local.port_option import Port


# RFC 6335, section 6: 0 to 65535, of which 0 is reserved.
@pytest.mark.parametrize(("text", "port"), [("free", 0), ("1", 1), ("8080", 8080), ("65535", 65535)])
def test_a_port_is_a_number_or_any_free_one(text: str, port: int):
    assert Port().convert(text, None, None) == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "80.5", "http", "", "Free"])
def test_another_value_is_refused_with_what_is_possible(text: str):
    with pytest.raises(click.BadParameter, match=r"neither a port \(1 to 65535\) nor the word 'free'"):
        Port().convert(text, None, None)
