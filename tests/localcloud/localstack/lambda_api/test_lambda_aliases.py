"""Weighted aliases of a function, as a rollout uses them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from tests.localcloud.localstack.lambda_api.functions import Functions

ALIAS = "live"
CALLS = 40


@pytest.fixture(scope="package")
def name(functions: Functions) -> str:
    """Return the name of a function with an alias and two versions, 1 and 2."""
    name = functions.make("aliased", "def handler(event, context):\n    return context.function_version\n")
    functions.client.publish_version(FunctionName=name)
    functions.client.update_function_configuration(FunctionName=name, Description="newer")
    functions.client.get_waiter("function_updated_v2").wait(FunctionName=name)
    functions.client.publish_version(FunctionName=name)
    for version in ("1", "2"):
        waiter = functions.client.get_waiter("published_version_active")
        waiter.wait(FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 0.1, "MaxAttempts": 100})
    functions.client.create_alias(FunctionName=name, Name=ALIAS, FunctionVersion="1")
    return name


def weigh(functions: Functions, name: str, weights: dict[str, float], **others: Any) -> dict[str, Any]:
    return functions.client.update_alias(
        FunctionName=name, Name=ALIAS, RoutingConfig={"AdditionalVersionWeights": weights}, **others
    )


def test_requests_are_distributed_by_weights(functions: Functions, name: str) -> None:
    alias = weigh(functions, name, {"2": 0.5}, FunctionVersion="1")
    assert alias["RoutingConfig"]["AdditionalVersionWeights"] == {"2": 0.5}

    served = Counter(functions.call(name, {}, ALIAS).payload for _ in range(CALLS))

    # The probability that one version gets no request is 2 in 10 ** 12.
    assert served.keys() == {"1", "2"}


def test_without_weights_one_version_serves_everything(functions: Functions, name: str) -> None:
    weigh(functions, name, {"2": 0.5}, FunctionVersion="1")
    alias = weigh(functions, name, {}, FunctionVersion="2")

    assert not alias.get("RoutingConfig", {}).get("AdditionalVersionWeights")
    assert {functions.call(name, {}, ALIAS).payload for _ in range(CALLS)} == {"2"}


@pytest.mark.parametrize("weights", [{"1": 0.5}, {"2": 1.5}, {"9": 0.5}, {"2": 0.2, "3": 0.2}])
def test_invalid_weights_are_refused(functions: Functions, name: str, weights: dict[str, float]) -> None:
    before = weigh(functions, name, {}, FunctionVersion="1")

    with pytest.raises(ClientError, match=r"ValidationException|InvalidParameterValue|ResourceNotFound"):
        weigh(functions, name, weights)

    assert functions.client.get_alias(FunctionName=name, Name=ALIAS)["RevisionId"] == before["RevisionId"]


def test_an_alias_that_was_updated_concurrently_is_not_updated_again(functions: Functions, name: str) -> None:
    seen = weigh(functions, name, {}, FunctionVersion="1")["RevisionId"]
    weigh(functions, name, {"2": 0.1})

    with pytest.raises(ClientError, match="PreconditionFailedException"):
        weigh(functions, name, {"2": 0.9}, RevisionId=seen)
