from __future__ import annotations

import json

from infra.monitoring.guard_duty import GuardDuty, GuardDutyArgs
from tests.infra.configs import load, mistakes
from tests.infra.mock_aws import TAGS, MockAws, deploy


def detection() -> MockAws:
    return deploy(lambda: GuardDuty("watch", GuardDutyArgs(topic_arn="arn:topic", tags=TAGS)))


def test_guard_duty_looks_for_intruders():
    detector = detection().resources["watch-detector"]
    assert detector["enable"] is True
    assert detector["findingPublishingFrequency"] == "FIFTEEN_MINUTES"


def test_findings_of_at_least_medium_severity_are_told():
    resources = detection().resources
    assert json.loads(resources["watch-findings"]["eventPattern"]) == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 4]}]},
    }
    target = resources["watch-findings-topic"]
    assert (target["rule"], target["arn"]) == ("watch-findings-1a2b3c4", "arn:topic")


def test_nobody_pays_for_it_unasked():
    assert load().general.guard_duty is False
    assert load(guardDuty="true").general.guard_duty is True
    assert mistakes(guardDuty="yes") == ("guardDuty is 'yes': it must be true or false",)
