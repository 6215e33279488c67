"""What lies somewhere lies there encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from policy.rule import Finding, Resource, ResourceRule, StackRule, block, blocks, of_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
TOPIC: Final = "aws:sns/topic:Topic"
KEY: Final = "aws:kms/key:Key"
BUCKET: Final = "aws:s3/bucket:Bucket"
BUCKET_ENCRYPTION: Final = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)

# Log groups, Lambda's archives and API Gateway's caches are encrypted by AWS, whatever is asked.


def _bare_volumes(resource: Resource) -> Iterator[str]:
    if resource.type != TEMPLATE:
        return
    volumes = [block(mapping, "ebs") for mapping in blocks(resource.properties, "blockDeviceMappings")]
    if not volumes:
        yield "its volumes are left to the image, which may not encrypt them"
    if any(str(volume.get("encrypted")).lower() != "true" for volume in volumes):
        yield "a volume of its is not encrypted"


def _bare_topic(resource: Resource) -> Iterator[str]:
    if resource.type == TOPIC and not resource.properties.get("kmsMasterKeyId"):
        yield "it has no key"


def _tired_key(resource: Resource) -> Iterator[str]:
    if resource.type == KEY and resource.properties.get("enableKeyRotation") is not True:
        yield "it is never renewed"


def _bare_buckets(resources: Sequence[Resource]) -> Iterator[Finding]:
    encrypted = {settings.properties["bucket"] for settings in of_type(resources, BUCKET_ENCRYPTION)}
    for bucket in of_type(resources, BUCKET):
        if bucket.properties["bucket"] not in encrypted:
            yield bucket, "nothing says how its objects are encrypted"


ENCRYPTION: Final = (
    ResourceRule(
        name="volumes-encrypted",
        serves="SEC08-BP02 Enforce encryption at rest",
        says="Every volume of an instance is encrypted.",
        check=_bare_volumes,
    ),
    ResourceRule(
        name="topics-encrypted",
        serves="SEC08-BP02 Enforce encryption at rest",
        says="What a topic tells is encrypted.",
        check=_bare_topic,
    ),
    StackRule(
        name="buckets-encrypted",
        serves="SEC08-BP02 Enforce encryption at rest",
        says="Every bucket encrypts its objects.",
        check=_bare_buckets,
    ),
    ResourceRule(
        name="keys-rotate",
        serves="SEC08-BP01 Implement secure key management",
        says="Every key is renewed each year.",
        check=_tired_key,
    ),
)
