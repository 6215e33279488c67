from __future__ import annotations

import pulumi
import pytest

from infra.network.domain_config import Domain
from infra.serverless.custom_domain import CustomDomain, CustomDomainArgs
from tests.infra.mock_aws import TAGS, MockAws, deploy


def named() -> MockAws:
    args = CustomDomainArgs(
        domain=Domain(name="iris.example.com", hosted_zone="example.com"),
        certificate_arn="arn:issued",
        zone_id="zone",
        tags=TAGS,
    )
    return deploy(lambda: pulumi.export("url", CustomDomain("own", args).map_stage("api", "live")))


@pytest.fixture(scope="module")
def domain() -> MockAws:
    return named()


def test_it_speaks_current_tls_alone(domain: MockAws):
    assert domain.resources["own-domain"]["securityPolicy"] == "TLS_1_2"
    assert domain.resources["own-domain"]["regionalCertificateArn"] == "arn:issued"


def test_the_service_answers_at_the_same_paths_as_everywhere(domain: MockAws):
    mapping = domain.resources["own-domain-stage"]
    assert (mapping["domainName"], mapping["restApi"], mapping["stageName"]) == (
        "iris.example.com",
        "api",
        "live",
    )
    assert "basePath" not in mapping.inputs
    assert domain.exports == {"url": "https://iris.example.com"}


def test_its_address_is_that_of_the_api_in_this_region(domain: MockAws):
    record = domain.resources["iris.example.com-address"]
    assert (record["zoneId"], record["name"], record["type"]) == ("zone", "iris.example.com", "A")
    assert record["aliases"] == [
        {"name": "d-1.execute-api.amazonaws.com", "zoneId": "ZREGIONAL", "evaluateTargetHealth": False}
    ]
