"""How S3 buckets and their objects are made."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pulumi

from localcloud.provisioning.parameters import Names
from localcloud.provisioning.resource_type import Inputs, Row, Then


def _upload(inputs: Inputs) -> dict[str, Any]:
    source = inputs["source"]
    if not isinstance(source, pulumi.FileAsset):
        raise TypeError(f"an object's source is a {type(source).__name__}; only files are uploaded here")
    return {"Body": Path(str(source.path)).read_bytes()}


def _location(region: str) -> dict[str, Any]:
    """S3 alone wants to hear the region that it is asked in, but for the one that it was born in."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _query(tags: dict[str, str]) -> str:
    """S3 alone takes an object's tags as a query string."""
    return urlencode(tags)


def _requests(inputs: Inputs) -> dict[str, Any]:
    """Write two inputs of Terraform's as the structure that they are in the API."""
    target = {"TargetBucket": inputs["targetBucket"], "TargetPrefix": inputs["targetPrefix"]}
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


STORAGE: Final = {
    "aws:s3/bucket:Bucket": Row(
        service="s3",
        create="CreateBucket",
        id="@name",
        named="bucket",
        elsewhere={"forceDestroy": "says what happens when it is destroyed"},
        also=lambda _inputs: {"ObjectOwnership": "BucketOwnerEnforced"},
        placed=_location,
        then=(
            Then(
                "PutBucketTagging",
                ("tags",),
                lambda made: [
                    {
                        "Bucket": made.name,
                        "Tagging": {
                            "TagSet": [
                                {"Key": key, "Value": value} for key, value in made.inputs["tags"].items()
                            ]
                        },
                    }
                ],
            ),
        ),
        look=lambda _api, made: {"arn": f"arn:aws:s3:::{made.name}"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": Row(service="s3", create="PutBucketVersioning", id="@name"),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Row(
        service="s3",
        create="PutBucketEncryption",
        id="@name",
        nested="ServerSideEncryptionConfiguration",
        outside=("bucket",),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Row(
        service="s3",
        create="PutBucketOwnershipControls",
        id="@name",
        nested="OwnershipControls",
        outside=("bucket",),
        names=Names(
            rename={"rule": "Rules"},
            convert={"rule": lambda rule: [{"ObjectOwnership": rule["objectOwnership"]}]},
        ),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Row(
        service="s3",
        create="PutPublicAccessBlock",
        id="@name",
        nested="PublicAccessBlockConfiguration",
        outside=("bucket",),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Row(
        service="s3",
        create="PutBucketLifecycleConfiguration",
        id="@name",
        nested="LifecycleConfiguration",
        outside=("bucket",),
    ),
    "aws:s3/bucketLogging:BucketLogging": Row(
        service="s3",
        create="PutBucketLogging",
        id="@name",
        elsewhere=dict.fromkeys(("targetBucket", "targetPrefix"), "is part of a structure"),
        also=_requests,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": Row(service="s3", create="PutBucketPolicy", id="@name"),
    "aws:s3/bucketObjectv2:BucketObjectv2": Row(
        service="s3",
        create="PutObject",
        id="@name",
        names=Names(rename={"tags": "Tagging"}, convert={"tags": _query}),
        elsewhere={"source": "is the body"},
        also=_upload,
        outputs={"versionId": "VersionId"},
    ),
}
