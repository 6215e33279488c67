"""Samples of requests that matched a rule (GetSampledRequests, AWS WAF API 2019-07-29)."""

from __future__ import annotations

from scalable_models_localstack.services.sampled_requests import latest_samples

SAMPLES = [{"Timestamp": float(second), "Action": "BLOCK"} for second in range(10)]


def test_the_latest_samples_of_a_time_window_are_returned_with_the_number_of_all_in_it():
    assert latest_samples(SAMPLES, start=2, end=7, maximum=3) == (SAMPLES[5:8], 6)
    assert latest_samples(SAMPLES, start=2, end=7, maximum=500) == (SAMPLES[2:8], 6)
    assert latest_samples(SAMPLES, start=9.5, end=20, maximum=500) == ([], 0)
