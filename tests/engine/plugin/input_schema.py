"""Inputs against the schema of the pinned AWS provider: unknown names, missing ones, types of values."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, ForwardRef, NamedTuple, Union, cast, get_args, get_origin

import pulumi

from policy.provider_schema import arguments, arguments_class, block_arguments
from tests.engine.plugin.aws_rules import RejectedInput
from tests.engine.plugin.wire import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.provider_schema import Argument
    from tests.engine.plugin.wire import Properties

KINDS: Final[Mapping[object, tuple[type, ...]]] = {
    bool: (bool,),
    int: (int,),
    float: (int, float),
    str: (str,),
    Sequence: (list,),
    Mapping: (dict,),
}
"""Class in an annotation of pulumi_aws -> classes of its values in JSON."""


class _Parameter(NamedTuple):
    required: bool
    kinds: frozenset[type]
    """Classes of a value; none if all are allowed."""


def schema_violations(token: str, inputs: Properties) -> Iterator[RejectedInput]:
    """Yield what the provider's schema refuses; a type that the provider lacks is refused as a whole."""
    args = arguments_class(token)
    if args is None:
        yield RejectedInput("", f"the provider has no type {token}")
        return
    yield from _violations(args, arguments(token), inputs, "")


def _violations(
    args: type, known: Mapping[str, Argument], given: Properties, path: str
) -> Iterator[RejectedInput]:
    for name in given.keys() - known.keys():
        yield RejectedInput(path + name, "the provider has no such argument")
    parameters = _parameters(args)
    for name, argument in known.items():
        parameter, value = parameters.get(name, _ANY), given.get(name)
        if value is None:
            if parameter.required:
                yield RejectedInput(path + name, "a value is required")
            continue
        if value == UNKNOWN:
            continue
        if not _is_of(value, parameter.kinds):
            kinds = " or ".join(sorted(kind.__name__ for kind in parameter.kinds))
            yield RejectedInput(path + name, f"{value!r} is no {kinds}")
        elif argument.block:
            for item in cast("list[Any]", value if isinstance(value, list) else [value]):
                if isinstance(item, dict):
                    block = cast("Properties", item)
                    yield from _violations(
                        argument.block, block_arguments(argument.block), block, f"{path}{name}."
                    )


_ANY: Final = _Parameter(required=False, kinds=frozenset())


def _is_of(value: object, kinds: frozenset[type]) -> bool:
    if not kinds:
        return True
    # Python counts truth values among the integers.
    return bool in kinds if isinstance(value, bool) else isinstance(value, tuple(kinds))


@cache
def _parameters(args: type) -> Mapping[str, _Parameter]:
    """Return the parameters of a class by their names in camelCase."""
    parameters = list(inspect.signature(args).parameters.values())
    return {_camel_case(args, one.name): _parameter(one) for one in parameters}


def _parameter(one: inspect.Parameter) -> _Parameter:
    return _Parameter(one.default is inspect.Parameter.empty, frozenset(_kinds(one.annotation)))


def _kinds(annotation: Any) -> Iterator[type]:
    """Yield the classes that an annotation allows; it is an input, which may come later (`Output`)."""
    origin = get_origin(annotation)
    if origin is Union:
        for member in get_args(annotation):
            yield from _kinds(member)
    elif isinstance(annotation, ForwardRef):
        # Another class of arguments, an enumeration of texts, or the output of either.
        name = annotation.__forward_arg__
        if not name.startswith("Output["):
            yield dict if name.endswith("Args") else str
    elif annotation in {pulumi.Asset, pulumi.Archive}:
        yield dict
    else:
        yield from KINDS.get(origin or annotation, ())


def _camel_case(args: type, name: str) -> str:
    getter: Any = getattr(vars(args)[name], "fget", None)
    return cast("str", getattr(getter, "_pulumi_name", name))
