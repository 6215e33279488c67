from __future__ import annotations

import pulumi
import pytest

from infra.custom_domain import CustomDomain, CustomDomainArgs
from infra.domain_config import Domain
from tests.infra.recorder import HOSTED_ZONE, TAGS, Recorder, deploy


def named(recorder: Recorder | None = None) -> Recorder:
    args = CustomDomainArgs(
        domain=Domain(name="iris.example.com", hosted_zone="example.com"),
        api_id="api",
        stage_name="live",
        tags=TAGS,
    )
    return deploy(lambda: pulumi.export("url", CustomDomain("own", args).url), recorder)


@pytest.fixture(scope="module")
def domain() -> Recorder:
    return named()


def test_it_is_looked_for_in_the_public_zone_of_its_name(domain: Recorder):
    assert domain.questions["aws:route53/getZone:getZone"] == {"name": "example.com", "privateZone": False}


def test_its_certificate_is_proved_in_the_zone(domain: Recorder):
    certificate, proof = domain.made["own-certificate"], domain.made["own-certificate-proof"]
    assert (certificate["domainName"], certificate["validationMethod"]) == ("iris.example.com", "DNS")
    assert (proof["zoneId"], proof["name"], proof["type"]) == (HOSTED_ZONE, "_proof.example.com.", "CNAME")
    assert proof["records"] == ["_value.acm-validations.aws."]


def test_the_name_waits_for_its_certificate():
    order = list(named(Recorder(late="own-certificate-issued")).made)
    assert order.index("own-certificate-issued") < order.index("own-domain")
    assert order.index("own-certificate-proof") < order.index("own-certificate-issued")


def test_it_speaks_current_tls_alone(domain: Recorder):
    assert domain.made["own-domain"]["securityPolicy"] == "TLS_1_2"
    assert domain.made["own-domain"]["regionalCertificateArn"] == "arn:own-certificate"


def test_the_service_answers_at_the_same_paths_as_everywhere(domain: Recorder):
    mapping = domain.made["own-domain-stage"]
    assert (mapping["domainName"], mapping["restApi"], mapping["stageName"]) == (
        "iris.example.com",
        "api",
        "live",
    )
    assert "basePath" not in mapping.inputs
    assert domain.exports == {"url": "https://iris.example.com"}


def test_its_address_is_that_of_the_api_in_this_region(domain: Recorder):
    record = domain.made["own-domain-address"]
    assert (record["zoneId"], record["name"], record["type"]) == (HOSTED_ZONE, "iris.example.com", "A")
    assert record["aliases"] == [
        {"name": "d-1.execute-api.amazonaws.com", "zoneId": "ZREGIONAL", "evaluateTargetHealth": False}
    ]
