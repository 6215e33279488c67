"""Limits of the range of each setting, and the first values beyond them."""

from __future__ import annotations

from typing import Final, NamedTuple

import pytest

from service.settings import Settings, SettingsError


class SettingRange(NamedTuple):
    """Range of an integer setting."""

    field: str
    minimum: int
    maximum: int


RANGES: Final = {
    # Of TCP (RFC 9293, 3.1); 0 selects a free one.
    "IRIS_PORT": SettingRange("port", 0, 65_535),
    "IRIS_WORKERS": SettingRange("workers", 1, 256),
    # An ALB's idle timeout is at most 4,000 s (Elastic Load Balancing user guide).
    "IRIS_KEEP_ALIVE_SECONDS": SettingRange("keep_alive_seconds", 1, 4_060),
    "IRIS_MAX_BODY_BYTES": SettingRange("max_body_bytes", 1, 100 * 2**20),
    "IRIS_HEAD_SECONDS": SettingRange("head_seconds", 1, 3_600),
    "IRIS_BODY_SECONDS": SettingRange("body_seconds", 1, 3_600),
    "IRIS_MAX_CONNECTIONS": SettingRange("max_connections", 1, 1_000_000),
    "IRIS_MAX_CONCURRENT": SettingRange("max_concurrent", 1, 100_000),
    "IRIS_MAX_BATCHES": SettingRange("max_batches", 1, 10_000),
    "IRIS_DRAIN_SECONDS": SettingRange("drain_seconds", 1, 3_600),
    "IRIS_COMPRESS_BYTES": SettingRange("compress_bytes", 256, 100 * 2**20),
    "IRIS_LOG_SAMPLE": SettingRange("log_sample", 0, 1_000_000_000),
    "IRIS_BATCH_FLOWERS": SettingRange("batch_flowers", 1, 1_000_000),
}

LIMITS: Final = [(name, limit) for name, known in RANGES.items() for limit in (known.minimum, known.maximum)]

BEYOND: Final = [
    (name, beyond)
    for name, known in RANGES.items()
    for beyond in (known.minimum - 1, known.maximum + 1)
    if beyond >= 0
]


def mistakes(**variables: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(variables)
    return caught.value.mistakes


@pytest.mark.parametrize(("name", "number"), LIMITS)
def test_the_limits_of_a_range_are_accepted(name: str, number: int):
    settings = Settings.from_environment({"IRIS_GRACE_SECONDS": "0", name: str(number)})
    assert getattr(settings, RANGES[name].field) == number


@pytest.mark.parametrize(("name", "number"), BEYOND)
def test_a_number_beyond_its_range_is_refused_with_the_range(name: str, number: int):
    known = RANGES[name]
    assert mistakes(IRIS_GRACE_SECONDS="0", **{name: str(number)}) == [
        f"{name} is '{number}': it must be a whole number from {known.minimum} to {known.maximum}"
    ]


def test_the_grace_is_shorter_than_the_drain_time():
    assert Settings.from_environment({"IRIS_GRACE_SECONDS": "19"}).grace_seconds == 19
    assert Settings.from_environment({"IRIS_GRACE_SECONDS": "0"}).grace_seconds == 0
    assert mistakes(IRIS_GRACE_SECONDS="20") == [
        "IRIS_GRACE_SECONDS is 20: it must be less than IRIS_DRAIN_SECONDS, which is 20"
    ]
    assert mistakes(IRIS_GRACE_SECONDS="3601", IRIS_DRAIN_SECONDS="3600") == [
        "IRIS_GRACE_SECONDS is '3601': it must be a whole number from 0 to 3600"
    ]


@pytest.mark.parametrize("given", ["a", "a" * 128, "AZaz09._:-"])
def test_an_instance_id_of_safe_characters_is_accepted(given: str):
    assert Settings.from_environment({"IRIS_INSTANCE_ID": given}).instance_id == given


@pytest.mark.parametrize("given", ["a" * 129, "a b", "a/b", "é", "a\n"])
def test_any_other_instance_id_is_refused(given: str):
    assert mistakes(IRIS_INSTANCE_ID=given) == [
        f"IRIS_INSTANCE_ID is {given!r}: it must be 1 to 128 letters, digits and . _ : -"
    ]


@pytest.mark.parametrize(
    "given",
    ["http://a", "https://a-b.example.org:8", "http://a:65535", "https://[2001:db8::1]", "http://[::1]:80"],
)
def test_an_origin_has_a_scheme_a_host_and_an_optional_port(given: str):
    assert Settings.from_environment({"IRIS_CORS_ORIGINS": given}).cors_origins == (given,)


@pytest.mark.parametrize(
    "given",
    ["http://a:", "http://a:123456", "ftp://a", "http://", "http://[::1", "http://a/", "http://[::1]:"],
)
def test_an_origin_that_no_browser_sends_is_refused(given: str):
    (mistake,) = mistakes(IRIS_CORS_ORIGINS=given)
    assert mistake.startswith(f"IRIS_CORS_ORIGINS is {given!r}: it must be origins like https://example.org")


@pytest.mark.parametrize(
    ("name", "field"),
    [("IRIS_METRICS", "metrics"), ("IRIS_DOCS", "docs"), ("IRIS_REPORT_LOAD", "report_load")],
)
def test_a_switch_is_on_or_off(name: str, field: str):
    assert getattr(Settings.from_environment({name: "on"}), field) is True
    assert getattr(Settings.from_environment({name: "off"}), field) is False
    assert mistakes(**{name: "yes"}) == [f"{name} is 'yes': it must be on or off"]


@pytest.mark.parametrize("given", [("/docs",), ("/docs", "/v2/health/*"), ("/",), ("/a-b_c.d/e",), ("/*",)])
def test_blocked_paths_are_paths_or_the_beginnings_of_some(given: tuple[str, ...]):
    assert Settings.from_environment({"IRIS_BLOCKED_PATHS": ",".join(given)}).blocked_paths == given


@pytest.mark.parametrize("given", ["docs", "/docs,", "/a*b", "/docs, /v2", "/%64ocs", "/docs?a", "/a**"])
def test_any_other_blocked_path_is_refused(given: str):
    assert mistakes(IRIS_BLOCKED_PATHS=given) == [
        f"IRIS_BLOCKED_PATHS is {given!r}: it must be paths like /docs, separated by commas"
    ]
