from __future__ import annotations

import json

from infra.monitoring.guard_duty import Detection, DetectionArgs
from tests.infra.configs import load, mistakes
from tests.infra.recorder import TAGS, Recorder, deploy


def detection() -> Recorder:
    return deploy(lambda: Detection("watch", DetectionArgs(topic_arn="arn:topic", tags=TAGS)))


def test_guard_duty_looks_for_intruders():
    detector = detection().made["watch-detector"]
    assert detector["enable"] is True
    assert detector["findingPublishingFrequency"] == "FIFTEEN_MINUTES"


def test_findings_of_at_least_medium_severity_are_told():
    made = detection().made
    assert json.loads(made["watch-findings"]["eventPattern"]) == {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", 4]}]},
    }
    target = made["watch-findings-topic"]
    assert (target["rule"], target["arn"]) == ("watch-findings-1a2b3c4", "arn:topic")


def test_nobody_pays_for_it_unasked():
    assert load().general.guard_duty is False
    assert load(guardDuty="true").general.guard_duty is True
    assert mistakes(guardDuty="yes") == ("guardDuty is 'yes': it must be true or false",)
