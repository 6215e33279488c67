"""Schema of the AWS provider: the arguments of a resource type, and their deprecations.

It is read from the classes of `pulumi_aws`, so that it always matches the installed version.
"""

from __future__ import annotations

import inspect
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pulumi_aws as aws

if TYPE_CHECKING:
    from collections.abc import Callable

    from policy.rule import Properties


class Argument(NamedTuple):
    """Argument of a resource, or of a nested block."""

    deprecated: str
    """Deprecation message, which names the replacement; empty for an argument that is not deprecated."""
    block: type | None
    """Class of its nested block; None for a plain value."""


@cache
def resource_class(token: str) -> type | None:
    """Return the class of a type token such as `aws:s3/bucket:Bucket`; None if the provider lacks it."""
    match = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", token)
    if match is None:
        return None
    module, name = match[1], match[2]
    # A module is loaded at the first look-up in it, and may then warn about its own deprecated names.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: object = getattr(getattr(aws, f"{module}_" if iskeyword(module) else module, None), name, None)
    return found if isinstance(found, type) else None


@cache
def arguments(token: str) -> Mapping[str, Argument]:
    """Return the arguments of a resource type by their camelCase names; none for an unknown type."""
    args = arguments_class(token)
    return block_arguments(args) if args else {}


@cache
def arguments_class(token: str) -> type | None:
    """Return the class of a type's arguments, which is `InitArgs` where a nested block has the other name."""
    found = resource_class(token)
    if found is None:
        return None
    module = sys.modules[found.__module__]
    names = (f"{found.__name__}InitArgs", f"{found.__name__}Args")
    args = next((getattr(module, name) for name in names if hasattr(module, name)), None)
    return args if isinstance(args, type) else None


@cache
def is_deprecated_type(token: str) -> bool:
    """Return whether the type itself is deprecated: its constructor then warns unconditionally."""
    code = getattr(getattr(resource_class(token), "_internal_init", None), "__code__", None)
    return any(" is deprecated: aws." in str(constant) for constant in getattr(code, "co_consts", ()))


def deprecated_arguments(token: str, properties: Properties) -> Iterator[str]:
    """Yield the path and the deprecation message of each deprecated argument in the properties."""
    yield from _deprecated(arguments(token), properties, "")


def _deprecated(known: Mapping[str, Argument], given: Properties, path: str) -> Iterator[str]:
    for key, value in given.items():
        if value is None or key not in known:
            continue
        argument = known[key]
        if argument.deprecated:
            yield f"{path}{key}: {argument.deprecated}"
        nested: Mapping[str, Argument] = block_arguments(argument.block) if argument.block else {}
        for item in cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,):
            if isinstance(item, Mapping):
                yield from _deprecated(nested, cast("Properties", item), f"{path}{key}.")


@cache
def block_arguments(args: type) -> Mapping[str, Argument]:
    """Return the arguments of a class of pulumi_aws by their camelCase names."""
    getters = {
        name: member.fget
        for name, member in vars(args).items()
        if isinstance(member, property) and member.fget is not None
    }
    return {_camel_case(getter): _argument(getter) for getter in getters.values()}


def _camel_case(getter: Callable[..., Any]) -> str:
    return cast("str", getattr(getter, "_pulumi_name", getter.__name__))


def _argument(getter: Callable[..., Any]) -> Argument:
    plain: Callable[..., Any] | None = getattr(getter, "_pulumi_deprecated_callable", None)
    message = inspect.getclosurevars(getter).nonlocals.get("message", "") if plain else ""
    annotation = str(inspect.get_annotations(plain or getter).get("return", ""))
    named = re.search(r"'(\w+Args)'", annotation)
    block: object = inspect.unwrap(getter).__globals__.get(named[1]) if named else None
    return Argument(str(message) if plain else "", block if isinstance(block, type) else None)
