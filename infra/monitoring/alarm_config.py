"""Alarm section of the configuration: thresholds, and the address of their e-mails."""

from __future__ import annotations

import re
from typing import Annotated, Final, TypeAlias

from pydantic import Field

from infra.config_reader import Integer, Milliseconds, Parser, Percent, Section

MAXIMUM_EMAIL_LENGTH: Final = 254
"""Characters of an address: a path of mail has 256 with its angle brackets (RFC 5321, 4.5.3.1.3)."""


def parse_email(text: str) -> str | None:
    """Parse an e-mail address; None for an empty text.

    Only a text that is surely no address is refused: SNS sends a confirmation first, which finds the rest.

    Raises:
        ValueError: It is no address, or too long.
    """
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", text):
        raise ValueError
    if len(text) > MAXIMUM_EMAIL_LENGTH:
        raise ValueError(f"{len(text)} characters, and an address has {MAXIMUM_EMAIL_LENGTH} at most")
    return text or None


Email: TypeAlias = Annotated[str | None, Parser(parse_email, "an address like you@example.com, or nothing")]


class AlarmConfig(Section):
    """Alarms."""

    alarm_email: Email = Field(
        default="",
        validate_default=True,
        description="E-mail address for alarms; its owner confirms the subscription first. Empty = none, and "
        "the topic is there to subscribe to.",
    )
    alarm_error_percent: Percent = Field(
        default=1,
        ge=1,
        le=100,
        description="Maximum share of requests that fail in a minute. More in three minutes of five raise an "
        "alarm.",
    )
    alarm_client_error_percent: Percent = Field(
        default=50,
        ge=1,
        le=100,
        description="Maximum share of requests that are refused as invalid (4xx) in a minute. More in three "
        "minutes of five raise an alarm.",
    )
    alarm_latency_ms: Milliseconds = Field(
        default=1_000,
        ge=1,
        le=60_000,
        description="Maximum 99th percentile of the latency in a minute. A higher one in three minutes of "
        "five raises an alarm.",
    )
    alarm_concurrent_executions: Integer = Field(
        default=50,
        ge=1,
        le=100_000,
        description="Maximum expected number of concurrent executions of the function. More raise an alarm. "
        "Below reservedConcurrency where that is set.",
    )
    alarm_blocked_requests_per_minute: Integer = Field(
        default=1_000,
        ge=1,
        le=1_000_000_000,
        description="Maximum number of requests that the firewall blocks in a minute. More in three minutes "
        "of five raise an alarm.",
    )
