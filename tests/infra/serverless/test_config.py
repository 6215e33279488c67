from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.serverless.config import ProvisionedConcurrency, SnapStart
from tests.infra.configs import mistakes, told
from tests.infra.recorder import lambda_config


def refusals(**values: str) -> tuple[str, ...]:
    return mistakes(compute="lambda", **values)


def test_the_defaults_make_a_function_of_one_vcpu_that_costs_nothing_while_nobody_asks():
    config = lambda_config()
    assert config.memory == 1_769
    assert config.warm_start is None
    assert config.reserved_concurrency is None
    assert config.domain is None
    assert config.tracing is False


@pytest.mark.parametrize("compute", ["lambda", "both"])
@given(st.integers(1, 900))
def test_the_function_ends_before_the_api_gives_up(compute: str, seconds: int):
    refused = told({"compute": compute, "functionTimeout": str(seconds), "alarmLatency": "1"})
    if seconds < 29:
        assert not [line for line in refused if not line.startswith("alarmLatency")]
    else:
        (line,) = refused
        assert line.startswith(f"functionTimeout {seconds} is not below the 29 after which API Gateway")


def test_snapshots_do_not_go_with_environments_that_wait():
    (line,) = refusals(snapStart="true", provisionedConcurrency="2")
    assert line.startswith("snapStart true does not go with provisionedConcurrency 2: Lambda refuses both")


def test_snapshots_alone_and_environments_that_wait_alone_are_fine():
    assert lambda_config(snapStart="true").warm_start == SnapStart()
    waiting = lambda_config(
        provisionedConcurrency="2", maxProvisionedConcurrency="5", provisionedConcurrencyTarget="60"
    )
    assert waiting.warm_start == ProvisionedConcurrency(least=2, most=5, target_percent=60)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 60))
def test_environments_that_wait_are_at_least_as_many_as_at_most_and_within_those_reserved(
    least: int, most: int, reserved: int
):
    refused = told(
        {
            "compute": "lambda",
            "provisionedConcurrency": str(least),
            "maxProvisionedConcurrency": str(most),
            "reservedConcurrency": str(reserved),
            "alarmConcurrency": "1",
        }
    )
    expected = {
        "maxProvisionedConcurrency": most < least,
        "reservedConcurrency": least > 0 and 0 < reserved < most,
        "alarmConcurrency": reserved == 1,
    }
    assert {line.split()[0] for line in refused} == {key for key, wrong in expected.items() if wrong}


def test_more_environments_wait_than_are_reserved_is_refused_with_the_reason():
    (line,) = refusals(
        provisionedConcurrency="5",
        maxProvisionedConcurrency="20",
        reservedConcurrency="10",
        alarmConcurrency="5",
    )
    assert line == (
        "reservedConcurrency 10 is less than maxProvisionedConcurrency 20: "
        "environments that wait come out of those that are reserved"
    )


def test_an_alarm_that_comes_with_the_limit_is_refused():
    assert lambda_config(alarmConcurrency="9", reservedConcurrency="10").reserved_concurrency == 10
    (line,) = refusals(alarmConcurrency="10", reservedConcurrency="10")
    assert line.startswith("alarmConcurrency 10 is not below reservedConcurrency 10")


def test_an_alarm_for_answers_that_never_come_is_refused():
    (line,) = refusals(alarmLatency="2000", functionTimeout="2")
    assert line == "alarmLatency 2000 is not below functionTimeout 2: no answer ever takes so long"


@pytest.mark.parametrize("text", ["yes", "True", "1", "", "on"])
@pytest.mark.parametrize("key", ["snapStart", "tracing"])
def test_a_flag_is_true_or_false_and_nothing_else(key: str, text: str):
    (line,) = refusals(**{key: text})
    assert line.startswith(f"{key} is {text!r}")
    assert line.endswith("allowed is true or false")


def test_where_there_is_no_function_nobody_minds_what_its_keys_contradict():
    contradictory = {"snapStart": "true", "provisionedConcurrency": "20", "functionTimeout": "100"}
    assert len(told({**contradictory, "compute": "lambda"})) == 3
    assert told({**contradictory, "compute": "fleet"}) == ()


def test_what_cannot_be_read_is_told_even_where_there_is_no_function():
    assert len(mistakes(compute="fleet", functionMemory="much", snapStart="maybe")) == 2


def test_every_contradiction_of_both_shapes_is_told_at_once():
    lines = mistakes(
        compute="both",
        minInstances="9",
        functionTimeout="29",
        snapStart="true",
        provisionedConcurrency="11",
        hostedZone="example.com",
    )
    assert [line.split()[0] for line in lines] == [
        "maxInstances",
        "functionTimeout",
        "snapStart",
        "maxProvisionedConcurrency",
        "hostedZone",
    ]
