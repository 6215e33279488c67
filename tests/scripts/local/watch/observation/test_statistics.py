"""Parsers of Envoy's statistics and of the metrics of an instance."""

from __future__ import annotations

from scripts.local.watch.observation.histogram import quantile
from scripts.local.watch.observation.statistics import parse_client_requests, parse_durations

STATISTICS = [
    {"name": "http.http.downstream_rq_total", "value": 32},
    {"name": "http.http.downstream_rq_2xx", "value": 26},
    {"name": "http.http.downstream_rq_5xx", "value": 6},
    {"name": "http.http.ext_authz.denied", "value": 3},
    {
        "histograms": {
            "details": [
                {
                    "name": "http.http.downstream_rq_time",
                    "totals": [{"lower_bound": 5, "width": 0.1, "count": 1}],
                }
            ]
        }
    },
]
"""Answer of Envoy 1.40."""

METRICS = """\
http_request_duration_seconds_bucket{le="0.001",method="GET",route="/readyz",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/readyz",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="0.001",method="GET",route="/livez",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/livez",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="0.001",method="GET",route="/metrics",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/metrics",status="2xx"} 10.0
http_request_duration_seconds_bucket{le="0.001",method="GET",route="/api/v01/classify",status="2xx"} 1.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/api/v01/classify",status="2xx"} 1.0
http_request_duration_seconds_bucket{le="0.001",method="GET",route="/",status="2xx"} 1.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/",status="2xx"} 3.0
http_requests_in_flight 0.0
"""


def test_requests_of_clients_are_those_that_envoy_counts():
    requests = parse_client_requests(STATISTICS)
    assert (requests.total, requests.denied) == (32, 3)
    assert requests.by_class == {"1": 0, "2": 26, "3": 0, "4": 0, "5": 6}
    assert list(requests.durations.values()) == [1]


def test_an_envoy_without_requests_has_counted_none():
    assert parse_client_requests([]).durations == {}


def test_durations_of_all_routes_but_health_checks_are_added_up():
    durations = parse_durations(METRICS)
    assert sum(durations.values()) == 4
    assert quantile(durations, 0.5) == 0.001
