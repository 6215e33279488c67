from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import Field

from infra.config_reader import (
    Flag,
    Integer,
    Seconds,
    Section,
    did_you_mean,
    parse_flag,
    parse_integer,
    parse_list,
    parse_names,
    read_sections,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

KNOWN = ("t4g.small", "t4g.medium", "RandomForestClassifier")


@pytest.mark.parametrize(
    ("name", "maximum", "hint"),
    [
        ("t4g.smal", 1, "did you mean t4g.small?"),
        ("T4G.SMALL", 1, "did you mean t4g.small?"),
        ("RandomForest", 1, "did you mean RandomForestClassifier?"),
        ("t4g.smedium", 2, "did you mean t4g.medium or t4g.small?"),
        ("lambda", 3, ""),
    ],
)
def test_the_most_similar_known_names_are_suggested(name: str, maximum: int, hint: str):
    assert did_you_mean(name, KNOWN, maximum=maximum) == hint


# Of eight letters, four are the same: a similarity of 0.5. Two of them are 0.25.
def test_a_name_is_similar_if_half_of_it_is_the_same():
    assert did_you_mean("abcd", ["abxy"]) == "did you mean abxy?"
    assert did_you_mean("abcd", ["axyz"]) == ""


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("007", 7), ("+5", 5), ("-12", -12), ("999999999999999", 10**15 - 1)]
)
def test_a_whole_number_has_up_to_fifteen_ascii_digits_and_a_sign(text: str, number: int):
    assert parse_integer(text) == number


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "1_000", " 1", "1 ", "٣", "--1", "1000000000000000"])
def test_another_text_is_no_whole_number(text: str):
    with pytest.raises(ValueError, match=r"^$"):
        parse_integer(text)


def test_a_flag_is_true_or_false_in_small_letters():
    assert (parse_flag("true"), parse_flag("false")) == (True, False)
    for text in ("True", "yes", "1", ""):
        with pytest.raises(ValueError, match=r"^(did you mean true\?)?$"):
            parse_flag(text)


def test_a_list_has_up_to_its_maximum_of_different_items():
    parse = parse_list(parse_integer, maximum=3)
    assert parse("") == parse(" , ") == ()
    assert parse("3, 1 ,2,") == (3, 1, 2)
    with pytest.raises(ValueError, match=r"^4 of them$"):
        parse("1,2,3,4")
    with pytest.raises(ValueError, match=r"^'\+1' comes twice$"):
        parse("1, 2, +1")
    assert parse_list(str.upper, maximum=2, separator=";")("a,b; c") == ("A,B", "C")


def test_names_are_returned_in_their_own_order_whatever_that_of_the_text():
    parse = parse_names(("ssm", "logs", "autoscaling"))
    assert parse("") == ()
    assert parse("autoscaling, ssm") == ("ssm", "autoscaling")
    with pytest.raises(ValueError, match=r"^'log' is none of them; did you mean logs\?$"):
        parse("ssm, log")
    with pytest.raises(ValueError, match=r"^'x' is none of them$"):
        parse("x")
    with pytest.raises(ValueError, match=r"^ssm is there twice$"):
        parse("ssm, ssm")


class Waits(Section):
    """Waits."""

    first_seconds: Seconds = Field(default=10, ge=5, le=300)
    second_seconds: Seconds = Field(default=20, ge=5, le=300)
    repeats: Integer = Field(default=1, ge=1, le=9)
    is_quiet: Flag = False


def wrong_order(first_seconds: int, second_seconds: int) -> Iterator[str]:
    if first_seconds >= second_seconds:
        yield f"firstSeconds {first_seconds} is not below secondSeconds {second_seconds}"


def read(**given: str) -> tuple[str, ...]:
    reading = read_sections([Waits], given)
    return (*reading.mistakes, *reading.contradictions([wrong_order]))


def test_settings_within_their_ranges_are_read_and_missing_ones_have_their_defaults():
    reading = read_sections([Waits], {"firstSeconds": "5", "secondSeconds": "300", "isQuiet": "true"})
    assert reading.mistakes == ()
    assert reading.section(Waits) == Waits(first_seconds=5, second_seconds=300, repeats=1, is_quiet=True)
    assert dict(reading.readable) == {"first_seconds": 5, "second_seconds": 300, "is_quiet": True}


def test_every_mistake_is_told_at_once_and_relations_of_all_numbers_that_are_known():
    beyond = "firstSeconds is '301': it must be a whole number from 5 to 300"
    contradiction = "firstSeconds 301 is not below secondSeconds 20"
    assert read(firstSeconds="301", secondSeconds="20") == (beyond, contradiction)
    assert read(firstSeconds="301", secondSeconds="soon", repeats="0", isQuiet="no") == (
        beyond,
        "secondSeconds is 'soon': it must be a whole number from 5 to 300",
        "repeats is '0': it must be a whole number from 1 to 9",
        "isQuiet is 'no': it must be true or false",
    )


def test_a_relation_is_not_checked_with_a_setting_that_is_not_given():
    assert read(firstSeconds="30") == ()
    assert read(firstSeconds="30", secondSeconds="30") == ("firstSeconds 30 is not below secondSeconds 30",)


def test_an_unknown_key_is_a_mistake_that_suggests_a_known_one():
    assert read(firstSecond="5") == ("firstSecond is not a key: did you mean firstSeconds?",)
    assert read(x="5") == ("x is not a key: known are firstSeconds, secondSeconds, repeats, isQuiet",)
