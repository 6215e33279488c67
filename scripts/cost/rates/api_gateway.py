"""Cost of API Gateway calls. Source of all rules: https://aws.amazon.com/api-gateway/pricing/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

ApiKind: TypeAlias = Literal["rest", "http"]
"""Kind of API: REST APIs support web ACLs and compression; HTTP APIs cost less and support neither."""

HTTP_METER_BYTES: Final = 512 * 1_024
"""Bytes of a request that an HTTP API bills as one request; an incomplete part counts as one."""


def metered(kind: ApiKind, requests: int, *, payload_bytes: int) -> int:
    """Return the number of billed requests; `payload_bytes` is the larger one of request and response."""
    return requests if kind == "rest" else requests * max(1, -(-payload_bytes // HTTP_METER_BYTES))


def call_cost(prices: RegionPrices, kind: ApiKind, requests: int, *, payload_bytes: int = 0) -> Decimal:
    """Compute the USD for a month's requests."""
    tariff = prices.tariff(f"apigateway.{kind}_request")
    return tariff.cost(metered(kind, requests, payload_bytes=payload_bytes))
