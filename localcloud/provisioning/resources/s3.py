"""Resource types of S3 buckets and objects."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pulumi

from localcloud.provisioning.parameters import InputMapping
from localcloud.provisioning.resource_type import FollowUpCalls, Inputs, ResourceType


def _upload(inputs: Inputs) -> dict[str, Any]:
    source = inputs["source"]
    if not isinstance(source, pulumi.FileAsset):
        raise TypeError(f"an object's source is a {type(source).__name__}; only files are supported")
    return {"Body": Path(str(source.path)).read_bytes()}


def _location(region: str) -> dict[str, Any]:
    """Return the location constraint, which S3 requires in all regions except us-east-1."""
    return {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _tagging_header(tags: dict[str, str]) -> str:
    """Return an object's tags as a query string, the format of S3."""
    return urlencode(tags)


def _logging_status(inputs: Inputs) -> dict[str, Any]:
    """Return Terraform's two inputs as the API's structure."""
    target = {"TargetBucket": inputs["targetBucket"], "TargetPrefix": inputs["targetPrefix"]}
    return {"BucketLoggingStatus": {"LoggingEnabled": target}}


STORAGE: Final = {
    "aws:s3/bucket:Bucket": ResourceType(
        service="s3",
        operation="CreateBucket",
        id="@name",
        name_input="bucket",
        other_inputs={"forceDestroy": "affects only its deletion"},
        extra_parameters=lambda _inputs: {"ObjectOwnership": "BucketOwnerEnforced"},
        region_parameters=_location,
        follow_ups=(
            FollowUpCalls(
                "PutBucketTagging",
                ("tags",),
                lambda created: [
                    {
                        "Bucket": created.name,
                        "Tagging": {
                            "TagSet": [
                                {"Key": key, "Value": value} for key, value in created.inputs["tags"].items()
                            ]
                        },
                    }
                ],
            ),
        ),
        more_outputs=lambda _api, created: {"arn": f"arn:aws:s3:::{created.name}"},
    ),
    "aws:s3/bucketVersioning:BucketVersioning": ResourceType(
        service="s3", operation="PutBucketVersioning", id="@name"
    ),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ResourceType(
        service="s3",
        operation="PutBucketEncryption",
        id="@name",
        nested_parameter="ServerSideEncryptionConfiguration",
        top_level_inputs=("bucket",),
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ResourceType(
        service="s3",
        operation="PutBucketOwnershipControls",
        id="@name",
        nested_parameter="OwnershipControls",
        top_level_inputs=("bucket",),
        mapping=InputMapping(
            rename={"rule": "Rules"},
            convert={"rule": lambda rule: [{"ObjectOwnership": rule["objectOwnership"]}]},
        ),
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ResourceType(
        service="s3",
        operation="PutPublicAccessBlock",
        id="@name",
        nested_parameter="PublicAccessBlockConfiguration",
        top_level_inputs=("bucket",),
    ),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ResourceType(
        service="s3",
        operation="PutBucketLifecycleConfiguration",
        id="@name",
        nested_parameter="LifecycleConfiguration",
        top_level_inputs=("bucket",),
    ),
    "aws:s3/bucketLogging:BucketLogging": ResourceType(
        service="s3",
        operation="PutBucketLogging",
        id="@name",
        other_inputs=dict.fromkeys(("targetBucket", "targetPrefix"), "is part of a structure"),
        extra_parameters=_logging_status,
    ),
    "aws:s3/bucketPolicy:BucketPolicy": ResourceType(service="s3", operation="PutBucketPolicy", id="@name"),
    "aws:s3/bucketObjectv2:BucketObjectv2": ResourceType(
        service="s3",
        operation="PutObject",
        id="@name",
        mapping=InputMapping(rename={"tags": "Tagging"}, convert={"tags": _tagging_header}),
        other_inputs={"source": "is the body"},
        extra_parameters=_upload,
        outputs={"versionId": "VersionId"},
    ),
}
