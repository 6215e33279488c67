"""S3 buckets: packed archives and logs."""
