"""Web request as a web ACL inspects it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

BODY_LIMIT = 8_192
"""Bytes of a body that are inspected in front of an Application Load Balancer (WAFV2 API reference, Body)."""


@dataclass(frozen=True)
class WebRequest:
    """Request with its source address; texts have one character for each byte."""

    source: str
    """Source IP address."""
    method: str
    target: str
    """Path and query, as they were sent."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, with their values."""
    body: str = ""
    """At most the first `BODY_LIMIT` bytes."""
    has_larger_body: bool = False
    """True if the body has more bytes than `body`."""

    @cached_property
    def path(self) -> str:
        """Path without the query."""
        return self.target.partition("?")[0]

    @cached_property
    def query(self) -> str:
        """Query without its question mark."""
        return self.target.partition("?")[2]

    @cached_property
    def query_arguments(self) -> list[tuple[str, str]]:
        """Names and values of the query's arguments, not decoded."""
        pairs = (part.partition("=") for part in self.query.split("&") if part)
        return [(name, value) for name, _, value in pairs]

    @cached_property
    def cookies(self) -> list[tuple[str, str]]:
        """Names and values of the cookies."""
        parts = (part for value in self.header("cookie") for part in value.split(";"))
        pairs = (part.strip().partition("=") for part in parts if part.strip())
        return [(name, value) for name, _, value in pairs]

    def header(self, name: str) -> list[str]:
        """Return the values of a header."""
        return [value for key, value in self.headers if key == name]
