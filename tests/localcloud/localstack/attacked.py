"""What attacks have made in a LocalStack, as a signed client sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from localcloud.aws.clients import Api
from tests.localcloud.localstack.running import REGION

if TYPE_CHECKING:
    from tests.localcloud.localstack.running import Running

REGIONS: Final = ("us-east-1", REGION)
"""The first is the one of requests that name none."""


def made(localstack: Running) -> set[str]:
    """Return the names of the topics, parameters and buckets that are called attack, or something like it."""
    names = {each["Name"] for each in localstack.client("s3").list_buckets()["Buckets"]}
    for region in REGIONS:
        api = Api(localstack.api.endpoint, region, localstack.api.credentials)
        topics = api.client("sns").list_topics()["Topics"]
        names |= {topic["TopicArn"].rpartition(":")[2] for topic in topics}
        names |= {each["Name"] for each in api.client("ssm").describe_parameters()["Parameters"]}
    return {name for name in names if name.startswith("attack")}
