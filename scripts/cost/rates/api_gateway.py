"""What API Gateway bills for calls. Source of all rules: https://aws.amazon.com/api-gateway/pricing/."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

    from scripts.cost.prices.snapshot import RegionPrices

ApiKind: TypeAlias = Literal["rest", "http"]
"""REST takes a web ACL and compresses responses; HTTP costs less and does neither."""

HTTP_METER_BYTES: Final = 512 * 1_024
"""An HTTP API counts a request once for each so many bytes of it, begun ones whole."""


def metered(kind: ApiKind, requests: int, *, payload_bytes: int) -> int:
    """Count requests as they are billed; `payload_bytes` is the larger of request and response."""
    return requests if kind == "rest" else requests * max(1, -(-payload_bytes // HTTP_METER_BYTES))


def calls(prices: RegionPrices, kind: ApiKind, requests: int, *, payload_bytes: int = 0) -> Decimal:
    """USD for a month's requests."""
    tariff = prices.tariff(f"apigateway.{kind}_request")
    return tariff.cost(metered(kind, requests, payload_bytes=payload_bytes))
