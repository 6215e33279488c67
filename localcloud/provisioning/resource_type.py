"""Description of a Pulumi resource type, and creation of a resource from it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import jmespath
from botocore import xform_name

from localcloud.aws.arns import account_id
from localcloud.provisioning.parameters import InputMapping, UnknownInputError, to_parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from localcloud.aws.clients import Api

Inputs = dict[str, Any]
"""Inputs of a resource as serialised by Pulumi: camelCase keys; unset inputs are absent."""

MAXIMUM_NAME_LENGTH: Final = 32
"""Maximum characters of a generated name: the limit of load balancers and target groups, the lowest of
all."""


@dataclass(frozen=True)
class CreatedResource:
    """Created resource, for the API calls that follow its creation."""

    id: str
    name: str
    """Physical name, or the logical name if the resource has no name in AWS."""
    inputs: Inputs
    response: Mapping[str, Any]
    """Response of the creating call."""


@dataclass(frozen=True)
class FollowUpCalls:
    """API calls after the creation, for inputs that the creating call does not take."""

    operation: str
    inputs: tuple[str, ...]
    """Inputs of these calls, which are skipped if all of them are unset. Empty: the calls are always made."""
    parameters: Callable[[CreatedResource], Iterable[dict[str, Any]]]
    """Returns the parameters of each call."""


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """AWS API calls that create a resource of one Pulumi type."""

    service: str
    """Name of the service in boto3."""
    operation: str
    """Name of the creating operation in the service's API reference."""
    id: str
    """Resource id in the response (JMESPath); `@name` stands for the physical name."""
    name_input: str | None = None
    """Input with the physical name, which is generated if it is unset."""
    nested_parameter: str | None = None
    """Parameter that contains the inputs, if they are not top-level parameters."""
    top_level_inputs: tuple[str, ...] = ()
    """Inputs that are top-level parameters despite `nested_parameter`."""
    mapping: InputMapping = field(default_factory=InputMapping)
    tag_resource_type: str | None = None
    """`ResourceType` of EC2's tag specifications."""
    extra_parameters: Callable[[Inputs], dict[str, Any]] = lambda _inputs: {}
    """Returns parameters that combine several inputs or need none."""
    region_parameters: Callable[[str], dict[str, Any]] = lambda _region: {}
    """Returns parameters that depend on the region."""
    account_parameter: str | None = None
    """Parameter with the account id."""
    other_inputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that the creating call does not take -> where they are used instead, or why they are ignored."""
    follow_ups: tuple[FollowUpCalls, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Outputs in addition to `id` and the inputs -> their place in the response (JMESPath)."""
    more_outputs: Callable[[Api, CreatedResource], dict[str, Any]] = lambda _api, _created: {}
    """Returns outputs that need another API call."""


def create_resource(
    api: Api, resource_type: ResourceType, logical_name: str, inputs: Inputs
) -> tuple[str, dict[str, Any]]:
    """Create a resource; return its id and its outputs.

    Raises:
        UnknownInputError: an input would be ignored.
        botocore.exceptions.ClientError: the API returned an error.
    """
    name = logical_name
    if resource_type.name_input is not None:
        # Some services require a prefix that a logical name cannot have.
        prefix = inputs.get("namePrefix", "")
        name = inputs.get(resource_type.name_input) or prefix + generate_name("" if prefix else logical_name)
        inputs = {key: value for key, value in inputs.items() if key != "namePrefix"} | {
            resource_type.name_input: name
        }
    response = _call(api, resource_type, resource_type.operation, _parameters(api, resource_type, inputs))
    created = CreatedResource(
        id=_id(resource_type, name, response), name=name, inputs=inputs, response=response
    )
    for follow_up in resource_type.follow_ups:
        if not follow_up.inputs or any(key in inputs for key in follow_up.inputs):
            for call in follow_up.parameters(created):
                _call(api, resource_type, follow_up.operation, call)
    found = {key: jmespath.search(path, response) for key, path in resource_type.outputs.items()}
    return created.id, {**inputs, **found, **resource_type.more_outputs(api, created)}


def generate_name(logical_name: str) -> str:
    """Generate a name as Pulumi does: the logical name and seven random digits, within the length limit."""
    suffix = f"-{secrets.token_hex(4)[:7]}"
    return logical_name[: MAXIMUM_NAME_LENGTH - len(suffix)] + suffix


def _parameters(api: Api, resource_type: ResourceType, inputs: Inputs) -> dict[str, Any]:
    follow_up_inputs = {key for follow_up in resource_type.follow_ups for key in follow_up.inputs}
    excluded = follow_up_inputs | resource_type.other_inputs.keys()
    own = {key: value for key, value in inputs.items() if key not in excluded}
    tags: list[dict[str, Any]] = []
    if resource_type.tag_resource_type is not None:
        tags = [{"Key": key, "Value": value} for key, value in own.pop("tags", {}).items()]
    model = api.client_by_name(resource_type.service).meta.service_model
    shape = model.operation_model(resource_type.operation).input_shape
    if shape is None:
        raise UnknownInputError(f"{resource_type.service} {resource_type.operation} takes no parameters")
    if resource_type.nested_parameter is not None:
        outer = {key: own.pop(key) for key in resource_type.top_level_inputs if key in own}
        result = to_parameters(shape, outer, resource_type.mapping)
        result[resource_type.nested_parameter] = to_parameters(
            shape.members[resource_type.nested_parameter], own, resource_type.mapping
        )
    else:
        result = to_parameters(shape, own, resource_type.mapping)
    if tags:
        result["TagSpecifications"] = [{"ResourceType": resource_type.tag_resource_type, "Tags": tags}]
    if resource_type.account_parameter is not None:
        result[resource_type.account_parameter] = account_id(api)
    return cast(
        "dict[str, Any]",
        result | resource_type.extra_parameters(inputs) | resource_type.region_parameters(api.region),
    )


def _call(api: Api, resource_type: ResourceType, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    client = api.client_by_name(resource_type.service)
    response: dict[str, Any] = getattr(client, xform_name(operation))(**arguments)
    return response


def _id(resource_type: ResourceType, name: str, response: Mapping[str, Any]) -> str:
    if resource_type.id == "@name":
        return name
    found: object = jmespath.search(resource_type.id, response)
    if not isinstance(found, str):
        operation = f"{resource_type.service} {resource_type.operation}"
        raise UnknownInputError(f"the response of {operation} has no id at {resource_type.id}")
    return found
