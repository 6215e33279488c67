from __future__ import annotations

from typing import TYPE_CHECKING

from tests.policy.clauses.case import Case, resource

if TYPE_CHECKING:
    from policy.rule import Resource

TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TOPIC = "aws:sns/topic:Topic"
KEY = "aws:kms/key:Key"
BUCKET = "aws:s3/bucket:Bucket"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
OTHER_TYPE = "aws:ec2/vpc:Vpc"


def volumes(*encrypted: object, kind: str = TEMPLATE) -> tuple[Resource, ...]:
    mappings = [{"ebs": {} if each is None else {"encrypted": each}} for each in encrypted]
    return (resource(kind, blockDeviceMappings=mappings),)


CASES = (
    Case("volumes-encrypted", "an encrypted volume, as the provider writes it", volumes("true")),
    Case("volumes-encrypted", "an encrypted volume, as JSON writes it", volumes(True)),
    *(
        Case(
            "volumes-encrypted",
            f"a second volume that is encrypted: {given}",
            volumes("true", given),
            ("it: one of its volumes is not encrypted",),
        )
        for given in ("false", False, None)
    ),
    *(
        Case(
            "volumes-encrypted",
            "volumes defined by the image",
            given,
            ("it: its volumes are defined by the image, which may not encrypt them",),
        )
        for given in (volumes(), (resource(TEMPLATE),))
    ),
    Case("volumes-encrypted", "another resource type", volumes("false", kind=OTHER_TYPE)),
    Case("topics-encrypted", "a topic with a key", (resource(TOPIC, kmsMasterKeyId="key-1"),)),
    *(
        Case("topics-encrypted", "a topic without a key", (given,), ("it: it has no KMS key",))
        for given in (resource(TOPIC), resource(TOPIC, kmsMasterKeyId=""))
    ),
    Case("topics-encrypted", "another resource type", (resource(OTHER_TYPE),)),
    Case("key-rotation-enabled", "a key with rotation", (resource(KEY, enableKeyRotation=True),)),
    # Off by default (KMS API reference, EnableKeyRotation).
    *(
        Case("key-rotation-enabled", "a key without rotation", (given,), ("it: it is never rotated",))
        for given in (resource(KEY), resource(KEY, enableKeyRotation=False))
    ),
    Case("key-rotation-enabled", "another resource type", (resource(OTHER_TYPE),)),
    Case(
        "buckets-encrypted",
        "the second of two buckets",
        (
            resource(BUCKET, "first", bucket="a"),
            resource(BUCKET, "second", bucket="b"),
            resource(ENCRYPTION, bucket="a"),
        ),
        ("second: it has no encryption configuration",),
    ),
)
