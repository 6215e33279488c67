"""Course of a request at the instances of a target group."""

from __future__ import annotations

from contextlib import closing

import httpx

from client.balancer import Balancer, Exchange
from client.instance import Instance


def test_where_none_is_healthy_a_retry_goes_to_an_instance_that_was_not_tried():
    instances = [Instance(f"i-{port}", "127.0.0.1", port, healthy=False) for port in (1, 2, 3)]
    with closing(Balancer(lambda: instances, lambda candidates, _: candidates[0], (), None)) as balancer:
        balancer.discover()
        exchange = Exchange(balancer, httpx.Request("GET", "http://iris/"))
        ports: list[int | None] = []
        may_repeat = True
        while may_repeat:
            ports.append(exchange.begin().url.port)
            may_repeat = exchange.fail(httpx.ConnectError("refused"))
    assert ports == [1, 2, 3]
