"""Head of an HTTP request as received, neither decoded nor normalised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RequestHead:
    """Request line and header fields."""

    method: str
    target: str
    """Request target (RFC 9112, section 3.2), with its query."""
    headers: tuple[tuple[str, str], ...]
    """Name and value of each field line, duplicates included."""

    @property
    def path(self) -> str:
        """Path of the target, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """Query of the target, percent-encoded; empty if there is none."""
        return self.target.partition("?")[2]

    @property
    def names(self) -> frozenset[str]:
        """Names of all header fields, in lower case."""
        return frozenset(name.lower() for name, _ in self.headers)

    def values(self, name: str) -> list[str]:
        """Return the value of each field line with a name, given in lower case."""
        return [value for each, value in self.headers if each.lower() == name]
