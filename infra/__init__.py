"""Pulumi program: every AWS resource of a stack."""
