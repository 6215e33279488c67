"""Checks before a deployment: the AWS account, its zones, quotas and rights, and the order of changes."""
