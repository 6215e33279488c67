"""Sets of IP addresses and ranges, and the addresses of a request."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from localcloud.load_balancer.firewall.rules.web_request import WebRequest


@lru_cache(maxsize=4_096)
def parse_address(text: str) -> tuple[int, int] | None:
    """Return the bits and the number of an IP address, or None if the text is none."""
    try:
        address = ip_address(text.strip())
    except ValueError:
        return None
    return address.max_prefixlen, int(address)


class AddressSet:
    """Set of ranges: a look-up for each length of a prefix that occurs."""

    def __init__(self, ranges: Iterable[str]) -> None:
        self._by_length: dict[tuple[int, int], set[int]] = {}
        for text in ranges:
            network = ip_network(text, strict=False)
            shift = network.max_prefixlen - network.prefixlen
            key = network.max_prefixlen, shift
            self._by_length.setdefault(key, set()).add(int(network.network_address) >> shift)

    def __contains__(self, text: object) -> bool:
        parsed = parse_address(str(text))
        if parsed is None:
            return False
        bits, number = parsed
        return any(
            length == bits and number >> shift in numbers
            for (length, shift), numbers in self._by_length.items()
        )


def forwarded_addresses(request: WebRequest, header: str) -> list[str] | None:
    """Return the addresses in a header, or None if the request has no such header."""
    values = request.header(header.lower())
    if not values:
        return None
    return [part.strip() for value in values for part in value.split(",")]


def address_in(addresses: AddressSet, forwarded: Mapping[str, str] | None) -> Callable[[WebRequest], bool]:
    """Return whether the address of a request is in a set.

    Args:
        addresses: the set.
        forwarded: an `IPSetForwardedIPConfig`; None for the source address.
    """
    if forwarded is None:
        return lambda request: request.source in addresses
    header, position = forwarded["HeaderName"], forwarded["Position"]
    is_fallback_match = forwarded["FallbackBehavior"] == "MATCH"

    def is_forwarded_for(request: WebRequest) -> bool:
        found = forwarded_addresses(request, header)
        if found is None:
            return False
        chosen = found if position == "ANY" else [found[0 if position == "FIRST" else -1]]
        if not all(map(parse_address, chosen)):
            return is_fallback_match
        return any(each in addresses for each in chosen)

    return is_forwarded_for
