"""Import of the modules of `pulumi_aws`, whose deprecated classes warn when they are loaded."""

import pytest

from tests.infra.mock_aws import load_packages


@pytest.fixture(autouse=True, scope="package")
def packages() -> None:
    load_packages()
