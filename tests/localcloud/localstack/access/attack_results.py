"""Resources that attacks created in a LocalStack, as a signed client sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from localcloud.aws.clients import Api
from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from tests.localcloud.localstack.running import Running

REGIONS: Final = ("us-east-1", REGION)
"""Regions to search; the first is the default of requests without a region."""


def attack_resources(localstack: Running) -> set[str]:
    """Return the names of the topics, parameters and buckets that start with "attack"."""
    names = {each["Name"] for each in localstack.client("s3").list_buckets()["Buckets"]}
    for region in REGIONS:
        api = Api(localstack.api.endpoint, region, localstack.api.credentials)
        topics = api.client("sns").list_topics()["Topics"]
        names |= {topic["TopicArn"].rpartition(":")[2] for topic in topics}
        names |= {each["Name"] for each in api.client("ssm").describe_parameters()["Parameters"]}
    return {name for name in names if name.startswith("attack")}
