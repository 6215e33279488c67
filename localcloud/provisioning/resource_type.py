"""What a row of the resource table says, and how a resource is made from it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import jmespath
from botocore import xform_name

from localcloud.aws.arns import account
from localcloud.provisioning.parameters import Names, UnknownInputError, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from localcloud.aws.clients import Api

Inputs = dict[str, Any]
"""A resource's inputs as Pulumi serialises them: camelCase keys; those without a value are absent."""

LONGEST_NAME: Final = 32
"""Characters that the names of load balancers and target groups may have, the shortest limit of all."""


@dataclass(frozen=True)
class Made:
    """A resource that exists, for the calls that follow its creation."""

    id: str
    name: str
    """Its physical name; the logical one where AWS names nothing."""
    inputs: Inputs
    answer: Mapping[str, Any]
    """Of the call that made it."""


@dataclass(frozen=True)
class Then:
    """Further calls that take inputs which the creating call has no room for."""

    operation: str
    takes: tuple[str, ...]
    """The inputs that these calls are about; without any of them none is made. Empty: always."""
    calls: Callable[[Made], Iterable[dict[str, Any]]]
    """Parameters of each call."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """How one type of resource is made."""

    service: str
    """boto3's name of the service."""
    create: str
    """The operation, as the service's API reference spells it."""
    id: str
    """Where the answer has the resource's id (JMESPath); `@name` is the physical name."""
    named: str | None = None
    """The input that holds the physical name, which is made up if absent."""
    nested: str | None = None
    """The parameter that takes the inputs, where they are not parameters of their own."""
    outside: tuple[str, ...] = ()
    """The inputs that are, all the same."""
    names: Names = field(default_factory=Names)
    tagged_as: str | None = None
    """The `ResourceType` under which EC2 takes tags."""
    also: Callable[[Inputs], dict[str, Any]] = lambda _inputs: {}
    """Parameters that come from several inputs, or from none."""
    placed: Callable[[str], dict[str, Any]] = lambda _region: {}
    """Parameters that come from the region."""
    of_account: str | None = None
    """The parameter that takes the account's id."""
    elsewhere: Mapping[str, str] = field(default_factory=dict[str, str])
    """Inputs that the creating call does not take -> who does, or why nobody does."""
    then: tuple[Then, ...] = ()
    outputs: Mapping[str, str] = field(default_factory=dict[str, str])
    """Outputs besides `id` and the inputs -> where the answer has them (JMESPath)."""
    look: Callable[[Api, Made], dict[str, Any]] = lambda _api, _made: {}
    """Outputs that another call has to be asked for."""


def make(api: Api, row: Row, logical_name: str, inputs: Inputs) -> tuple[str, dict[str, Any]]:
    """Make a resource; return its id and its outputs.

    Raises:
        UnknownInputError: an input would be lost.
        botocore.exceptions.ClientError: the API refused.
    """
    name = logical_name
    if row.named is not None:
        # Some services want their names to begin in a way that no logical name may.
        prefix = inputs.get("namePrefix", "")
        name = inputs.get(row.named) or prefix + made_up_name("" if prefix else logical_name)
        inputs = {key: value for key, value in inputs.items() if key != "namePrefix"} | {row.named: name}
    answer = _call(api, row, row.create, _parameters(api, row, inputs))
    made = Made(id=_id(row, name, answer), name=name, inputs=inputs, answer=answer)
    for then in row.then:
        if not then.takes or any(key in inputs for key in then.takes):
            for call in then.calls(made):
                _call(api, row, then.operation, call)
    found = {key: jmespath.search(path, answer) for key, path in row.outputs.items()}
    return made.id, {**inputs, **found, **row.look(api, made)}


def made_up_name(logical_name: str) -> str:
    """Name a resource as Pulumi does: its logical name and seven random digits, within every limit."""
    suffix = f"-{secrets.token_hex(4)[:7]}"
    return logical_name[: LONGEST_NAME - len(suffix)] + suffix


def _parameters(api: Api, row: Row, inputs: Inputs) -> dict[str, Any]:
    taken = {key for then in row.then for key in then.takes} | set(row.elsewhere)
    own = {key: value for key, value in inputs.items() if key not in taken}
    tags: list[dict[str, Any]] = []
    if row.tagged_as is not None:
        tags = [{"Key": key, "Value": value} for key, value in own.pop("tags", {}).items()]
    shape = api.client(row.service).meta.service_model.operation_model(row.create).input_shape
    if row.nested is not None:
        outer = {key: own.pop(key) for key in row.outside if key in own}
        result = parameters(shape, outer, row.names)
        result[row.nested] = parameters(shape.members[row.nested], own, row.names)
    else:
        result = parameters(shape, own, row.names)
    if tags:
        result["TagSpecifications"] = [{"ResourceType": row.tagged_as, "Tags": tags}]
    if row.of_account is not None:
        result[row.of_account] = account(api)
    return cast("dict[str, Any]", result | row.also(inputs) | row.placed(api.region))


def _call(api: Api, row: Row, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = getattr(api.client(row.service), xform_name(operation))(**arguments)
    return answer


def _id(row: Row, name: str, answer: Mapping[str, Any]) -> str:
    if row.id == "@name":
        return name
    found: object = jmespath.search(row.id, answer)
    if not isinstance(found, str):
        raise UnknownInputError(f"the answer of {row.service} {row.create} has no id at {row.id}")
    return found
