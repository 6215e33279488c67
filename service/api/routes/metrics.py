"""`/metrics`: metrics for Prometheus. Not in the OpenAPI document, as it is not for clients."""

from fastapi import FastAPI
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response

from service.api.caching import unstored
from service.telemetry.prometheus import PrometheusMetrics


def add_metrics_route(api: FastAPI, metrics: PrometheusMetrics) -> None:
    """Add the route."""

    @api.get("/metrics", include_in_schema=False, response_class=PlainTextResponse)
    @unstored
    async def exposition() -> Response:
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_PLAIN_0_0_4)
