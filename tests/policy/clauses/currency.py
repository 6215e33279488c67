from __future__ import annotations

from tests.policy.clauses.case import Case, resource

CASES = (
    Case(
        "nothing-deprecated",
        "what is as good as ever",
        (resource("aws:s3/bucketAcl:BucketAcl", acl="private"),),
    ),
    Case(
        "nothing-deprecated",
        "a type",
        (resource("aws:s3/bucketAclV2:BucketAclV2"),),
        ("it: aws:s3/bucketAclV2:BucketAclV2 itself is deprecated",),
    ),
    Case(
        "nothing-deprecated",
        "an argument",
        (resource("aws:s3/bucket:Bucket", acl="private"),),
        ("it: acl: acl is deprecated. Use the s3.BucketAcl resource instead.",),
    ),
)
