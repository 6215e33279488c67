"""Stack file with the endpoints of a local cloud, for Pulumi's own engine and AWS plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import yaml

from localcloud.localstack.services import SERVICES

if TYPE_CHECKING:
    from localcloud.aws.clients import Api

S3_CONTROL: Final = "s3control"
"""Service of the tags of buckets in the AWS provider, at the endpoint of S3."""


def stack_file(api: Api) -> str:
    """Return the text of a stack file; the access key is not in it, but in the environment."""
    # As the provider names them: those of boto3, without hyphens.
    names = sorted({*(service.replace("-", "") for service in SERVICES), S3_CONTROL})
    config = {
        "aws:region": api.region,
        # An object for each service: the provider reads the list as one.
        "aws:endpoints": [{name: api.endpoint} for name in names],
        "aws:s3UsePathStyle": True,
        "aws:skipMetadataApiCheck": True,
        "scalable-models:deletionProtection": False,
    }
    return yaml.safe_dump({"config": config}, sort_keys=False)
