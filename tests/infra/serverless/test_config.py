from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.serverless.config import ProvisionedConcurrency, SnapStart
from tests.infra.configs import mistakes, mistakes_if_any
from tests.infra.mock_aws import lambda_config


def refusals(**values: str) -> tuple[str, ...]:
    return mistakes(compute="lambda", **values)


def test_the_defaults_make_a_function_of_one_vcpu_that_costs_nothing_while_nobody_asks():
    config = lambda_config().function
    assert config.function_memory_mb == 1_769
    assert config.warm_start is None
    assert config.reserved_concurrency == 0
    assert lambda_config().domain is None
    assert config.xray_tracing is False


@pytest.mark.parametrize("compute", ["lambda", "both"])
@given(st.integers(1, 900))
def test_the_function_ends_before_the_api_gives_up(compute: str, seconds: int):
    refused = mistakes_if_any(
        {"compute": compute, "functionTimeoutSeconds": str(seconds), "alarmLatencyMs": "1"}
    )
    if seconds < 29:
        assert not [line for line in refused if not line.startswith("alarmLatencyMs")]
    else:
        (line,) = refused
        assert line.startswith(
            f"functionTimeoutSeconds {seconds} is not below the 29 after which API Gateway"
        )


def test_snapshots_do_not_go_with_environments_that_wait():
    (line,) = refusals(snapStart="true", minProvisionedConcurrency="2")
    assert line.startswith("snapStart true does not go with minProvisionedConcurrency 2: Lambda refuses both")


def test_snapshots_alone_and_environments_that_wait_alone_are_fine():
    assert lambda_config(snapStart="true").function.warm_start == SnapStart()
    waiting = lambda_config(
        minProvisionedConcurrency="2", maxProvisionedConcurrency="5", targetProvisionedConcurrencyPercent="60"
    )
    assert waiting.function.warm_start == ProvisionedConcurrency(minimum=2, maximum=5, target_percent=60)


@given(st.integers(0, 50), st.integers(1, 50), st.integers(0, 60))
def test_environments_that_wait_are_at_least_as_many_as_at_most_and_within_those_reserved(
    least: int, most: int, reserved: int
):
    refused = mistakes_if_any(
        {
            "compute": "lambda",
            "minProvisionedConcurrency": str(least),
            "maxProvisionedConcurrency": str(most),
            "reservedConcurrency": str(reserved),
            "alarmConcurrentExecutions": "1",
        }
    )
    expected = {
        "maxProvisionedConcurrency": most < least,
        "reservedConcurrency": least > 0 and 0 < reserved < most,
        "alarmConcurrentExecutions": reserved == 1,
    }
    assert {line.split()[0] for line in refused} == {key for key, wrong in expected.items() if wrong}


def test_more_environments_wait_than_are_reserved_is_refused_with_the_reason():
    (line,) = refusals(
        minProvisionedConcurrency="5",
        maxProvisionedConcurrency="20",
        reservedConcurrency="10",
        alarmConcurrentExecutions="5",
    )
    assert line == (
        "reservedConcurrency 10 is less than maxProvisionedConcurrency 20: "
        "provisioned environments count against the reserved ones"
    )


def test_an_alarm_that_comes_with_the_limit_is_refused():
    assert (
        lambda_config(alarmConcurrentExecutions="9", reservedConcurrency="10").function.reserved_concurrency
        == 10
    )
    (line,) = refusals(alarmConcurrentExecutions="10", reservedConcurrency="10")
    assert line.startswith("alarmConcurrentExecutions 10 is not below reservedConcurrency 10")


def test_an_alarm_for_answers_that_never_come_is_refused():
    (line,) = refusals(alarmLatencyMs="2000", functionTimeoutSeconds="2")
    assert line == "alarmLatencyMs 2000 is not below functionTimeoutSeconds 2: no answer ever takes so long"


@pytest.mark.parametrize("text", ["yes", "True", "1", "", "on"])
@pytest.mark.parametrize("key", ["snapStart", "xrayTracing"])
def test_a_flag_is_true_or_false_and_nothing_else(key: str, text: str):
    (line,) = refusals(**{key: text})
    assert line.startswith(f"{key} is {text!r}")
    assert line.endswith("it must be true or false")


def test_where_there_is_no_function_nobody_minds_what_its_keys_contradict():
    contradictory = {"snapStart": "true", "minProvisionedConcurrency": "20", "functionTimeoutSeconds": "100"}
    assert len(mistakes_if_any({**contradictory, "compute": "lambda"})) == 3
    assert mistakes_if_any({**contradictory, "compute": "fleet"}) == ()


def test_what_cannot_be_read_is_told_even_where_there_is_no_function():
    assert len(mistakes(compute="fleet", functionMemoryMb="much", snapStart="maybe")) == 2


def test_every_contradiction_of_both_shapes_is_told_at_once():
    lines = mistakes(
        compute="both",
        minInstances="9",
        functionTimeoutSeconds="29",
        snapStart="true",
        minProvisionedConcurrency="11",
        hostedZoneName="example.com",
    )
    assert [line.split()[0] for line in lines] == [
        "maxInstances",
        "functionTimeoutSeconds",
        "snapStart",
        "maxProvisionedConcurrency",
        "hostedZoneName",
    ]
