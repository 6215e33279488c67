"""One LocalStack for all tests of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.localcloud.localstack.fleet import FleetResources, make_fleet
from tests.localcloud.localstack.lambda_api.functions import Functions, make_functions
from tests.localcloud.localstack.running import Running, run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="package")
def localstack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("localstack")
    with run(folder, folder / "target-health.json") as running:
        yield running


@pytest.fixture(scope="package")
def standing_fleet(localstack: Running) -> FleetResources:
    return make_fleet(localstack)


@pytest.fixture
def fleet(standing_fleet: FleetResources) -> Iterator[FleetResources]:
    yield standing_fleet
    standing_fleet.clear()


@pytest.fixture(scope="package")
def functions(localstack: Running) -> Functions:
    return make_functions(localstack)


@pytest.fixture(scope="package")
def deeds(functions: Functions) -> str:
    """Return the name of a function that does what its events say."""
    return functions.make("deeds")
