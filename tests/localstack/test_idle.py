"""Requests to the AWS API of a cloud in which nothing happens: they take a laptop's battery."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.localstack.conftest import RunningCloud

SECONDS: Final = 15.0
"""Time in which the requests are counted."""

MAXIMUM: Final = 45
"""Requests in that time: 8 of two publications of metrics, 8 if the alarms ring, and one reading of
everything, of 20. A controller that read everything in each turn would send more than 100."""


def test_a_cloud_in_which_nothing_happens_sends_hardly_a_request_to_the_aws_api(cloud: RunningCloud):
    cloud.settled_status()
    log = cloud.home / "logs" / "localstack.log"
    # The controller has followed what the tests before have changed.
    time.sleep(4)
    begin = log.stat().st_size
    time.sleep(SECONDS)
    with log.open("rb") as file:
        file.seek(begin)
        requests = re.findall(r"AWS (\w+\.\w+) =>", file.read().decode())
    assert len(requests) <= MAXIMUM, requests
    # Metrics show that the controller turns.
    assert "cloudwatch.PutMetricData" in requests
