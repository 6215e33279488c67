"""Failure of a deployment to a control plane on this machine, known without loading Pulumi."""

from __future__ import annotations


class ProvisionError(RuntimeError):
    """Failure to create a resource, or an error of the program itself."""
