"""Lookup of the backend and its groups for an operation, and its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from localstack.aws.api import CommonServiceException
from moto.autoscaling.models import autoscaling_backends

from scalable_models_localstack.autoscaling.group import ScalingGroup

if TYPE_CHECKING:
    from localstack.aws.api import RequestContext

    from scalable_models_localstack.autoscaling.backend import ScalingBackend


def backend_of(context: RequestContext) -> ScalingBackend:
    """Return the backend of a request's account and region."""
    return cast("ScalingBackend", autoscaling_backends[context.account_id][context.region])


def find_group(backend: ScalingBackend, name: str) -> ScalingGroup:
    """Return a group. moto reports an unknown name as an internal error.

    Raises:
        CommonServiceException: there is no group of this name.
    """
    group = backend.autoscaling_groups.get(name)
    if not isinstance(group, ScalingGroup):
        raise validation_error(f"AutoScalingGroup name not found - AutoScalingGroup '{name}' not found")
    return group


def validation_error(message: str) -> CommonServiceException:
    """Return the error for an invalid request."""
    return client_error("ValidationError", message)


def client_error(code: str, message: str) -> CommonServiceException:
    """Return an error that the client caused."""
    return CommonServiceException(code, message, sender_fault=True)
