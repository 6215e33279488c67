from __future__ import annotations

from tests.policy.clauses.case import Case, resource

CASES = (
    Case(
        "no-deprecations",
        "nothing deprecated",
        (resource("aws:s3/bucketAcl:BucketAcl", acl="private"),),
    ),
    Case(
        "no-deprecations",
        "a type",
        (resource("aws:s3/bucketAclV2:BucketAclV2"),),
        ("it: aws:s3/bucketAclV2:BucketAclV2 itself is deprecated",),
    ),
    Case(
        "no-deprecations",
        "an argument",
        (resource("aws:s3/bucket:Bucket", acl="private"),),
        ("it: acl: acl is deprecated. Use the s3.BucketAcl resource instead.",),
    ),
)
