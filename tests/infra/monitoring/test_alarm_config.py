from __future__ import annotations

import pytest

from tests.infra.configs import load, mistakes


@pytest.mark.parametrize("text", ["nobody", "a@b", "a b@example.com", "a@example.com, b@example.com", "@"])
def test_what_is_surely_no_address_is_refused(text: str):
    assert mistakes(alarmEmail=text) == (
        f"alarmEmail is {text!r}: it must be an address like you@example.com, or nothing",
    )


def test_an_address_that_is_longer_than_mail_takes_is_refused():
    # RFC 5321, 4.5.3.1.3: a path has 256 characters, its angle brackets among them.
    longest = "a" * (254 - len("@example.com")) + "@example.com"
    assert load(alarmEmail=longest).alarms.alarm_email == longest
    (line,) = mistakes(alarmEmail=f"a{longest}")
    assert "(255 characters, and an address has 254 at most): it must be an address like" in line


def test_an_address_is_taken_as_it_is_and_none_is_needed():
    assert load(alarmEmail="ops+iris@mail.example.com").alarms.alarm_email == "ops+iris@mail.example.com"
    assert load(alarmEmail="").alarms.alarm_email is None
