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
ELSEWHERE = "aws:ec2/vpc:Vpc"


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
            ("it: a volume of its is not encrypted",),
        )
        for given in ("false", False, None)
    ),
    *(
        Case(
            "volumes-encrypted",
            "what the image says of its volumes",
            given,
            ("it: its volumes are left to the image, which may not encrypt them",),
        )
        for given in (volumes(), (resource(TEMPLATE),))
    ),
    Case("volumes-encrypted", "what is no template", volumes("false", kind=ELSEWHERE)),
    Case("topics-encrypted", "a topic with a key", (resource(TOPIC, kmsMasterKeyId="key-1"),)),
    *(
        Case("topics-encrypted", "a topic without a key", (given,), ("it: it has no key",))
        for given in (resource(TOPIC), resource(TOPIC, kmsMasterKeyId=""))
    ),
    Case("topics-encrypted", "what is no topic", (resource(ELSEWHERE),)),
    Case("keys-rotate", "a key that is renewed", (resource(KEY, enableKeyRotation=True),)),
    # It is off unless asked for (KMS API reference, EnableKeyRotation).
    *(
        Case("keys-rotate", "a key that is not renewed", (given,), ("it: it is never renewed",))
        for given in (resource(KEY), resource(KEY, enableKeyRotation=False))
    ),
    Case("keys-rotate", "what is no key", (resource(ELSEWHERE),)),
    Case(
        "buckets-encrypted",
        "the second of two buckets",
        (
            resource(BUCKET, "first", bucket="a"),
            resource(BUCKET, "second", bucket="b"),
            resource(ENCRYPTION, bucket="a"),
        ),
        ("second: nothing says how its objects are encrypted",),
    ),
)
