"""Encryption at rest of volumes, topics and buckets, and rotation of keys."""

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

# AWS always encrypts log groups, Lambda archives and API Gateway caches.


def _unencrypted_volumes(resource: Resource) -> Iterator[str]:
    if resource.type != TEMPLATE:
        return
    volumes = [block(mapping, "ebs") for mapping in blocks(resource.properties, "blockDeviceMappings")]
    if not volumes:
        yield "its volumes are defined by the image, which may not encrypt them"
    if any(str(volume.get("encrypted")).lower() != "true" for volume in volumes):
        yield "one of its volumes is not encrypted"


def _unencrypted_topic(resource: Resource) -> Iterator[str]:
    if resource.type == TOPIC and not resource.properties.get("kmsMasterKeyId"):
        yield "it has no KMS key"


def _unrotated_key(resource: Resource) -> Iterator[str]:
    if resource.type == KEY and resource.properties.get("enableKeyRotation") is not True:
        yield "it is never rotated"


def _unencrypted_buckets(resources: Sequence[Resource]) -> Iterator[Finding]:
    encrypted = {settings.properties["bucket"] for settings in of_type(resources, BUCKET_ENCRYPTION)}
    for bucket in of_type(resources, BUCKET):
        if bucket.properties["bucket"] not in encrypted:
            yield bucket, "it has no encryption configuration"


ENCRYPTION_AT_REST_RULES: Final = (
    ResourceRule(
        name="volumes-encrypted",
        best_practice="SEC08-BP02 Enforce encryption at rest",
        description="EBS volumes of instances are encrypted.",
        check=_unencrypted_volumes,
    ),
    ResourceRule(
        name="topics-encrypted",
        best_practice="SEC08-BP02 Enforce encryption at rest",
        description="SNS topics are encrypted with a KMS key.",
        check=_unencrypted_topic,
    ),
    StackRule(
        name="buckets-encrypted",
        best_practice="SEC08-BP02 Enforce encryption at rest",
        description="S3 buckets have an encryption configuration.",
        check=_unencrypted_buckets,
    ),
    ResourceRule(
        name="key-rotation-enabled",
        best_practice="SEC08-BP01 Implement secure key management",
        description="KMS keys rotate every year.",
        check=_unrotated_key,
    ),
)
