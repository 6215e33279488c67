from __future__ import annotations

import pulumi
import pytest

from infra.network.certificate import Certificate, CertificateArgs
from infra.network.domain_config import Domain
from tests.infra.mock_aws import HOSTED_ZONE, TAGS, MockAws, deploy


def issued(recorder: MockAws | None = None) -> MockAws:
    args = CertificateArgs(domain=Domain(name="iris.example.com", hosted_zone="example.com"), tags=TAGS)

    def program() -> None:
        component = Certificate("own", args)
        pulumi.export("arn", component.arn)
        pulumi.export("zone", component.zone_id)

    return deploy(program, recorder)


@pytest.fixture(scope="module")
def certificate() -> MockAws:
    return issued()


def test_its_name_is_looked_for_in_the_public_zone(certificate: MockAws):
    question = certificate.invokes["aws:route53/getZone:getZone"]
    assert question == {"name": "example.com", "privateZone": False}


def test_it_is_proved_in_the_zone(certificate: MockAws):
    requested, proof = (
        certificate.resources["own-certificate"],
        certificate.resources["own-certificate-proof"],
    )
    assert (requested["domainName"], requested["validationMethod"]) == ("iris.example.com", "DNS")
    assert (proof["zoneId"], proof["name"], proof["type"]) == (HOSTED_ZONE, "_proof.example.com.", "CNAME")
    assert proof["records"] == ["_value.acm-validations.aws."]
    assert proof["ttl"] == 60
    # It is the same for every certificate of a name in an account, and may remain from an earlier stack.
    assert proof["allowOverwrite"] is True


def test_it_is_handed_out_once_it_is_issued(certificate: MockAws):
    assert certificate.exports == {"arn": "arn:own-certificate", "zone": HOSTED_ZONE}
    issue = certificate.resources["own-certificate-issued"]
    assert issue["certificateArn"] == "arn:own-certificate"
    assert issue["validationRecordFqdns"] == ["own-certificate-proof.example.com"]
    order = list(issued(MockAws(late="own-certificate-proof")).resources)
    assert order.index("own-certificate-proof") < order.index("own-certificate-issued")
