"""What the AWS provider says of a type of resource: which arguments it takes, and which are deprecated.

Read from the classes of `pulumi_aws`, so that a new version of it brings its own answers.
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
    """One argument of a resource, or of a block in it."""

    deprecated: str
    """What to use in its place; empty where it is as good as ever."""
    block: type | None
    """What it holds, where that has arguments of its own."""


@cache
def resource_class(token: str) -> type | None:
    """Find the class of a type such as `aws:s3/bucket:Bucket`; None for what is not in the provider."""
    match = re.fullmatch(r"aws:(\w+)/\w+:(\w+)", token)
    if match is None:
        return None
    module, name = match[1], match[2]
    # A module is loaded when something in it is looked up, and may then warn of names that are not ours.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: object = getattr(getattr(aws, f"{module}_" if iskeyword(module) else module, None), name, None)
    return found if isinstance(found, type) else None


@cache
def arguments(token: str) -> Mapping[str, Argument]:
    """Say which arguments a type of resource takes, by their camelCase names; none for an unknown type."""
    found = resource_class(token)
    args = getattr(sys.modules[found.__module__], f"{found.__name__}Args", None) if found else None
    return _arguments(args) if isinstance(args, type) else {}


@cache
def deprecated_type(token: str) -> bool:
    """Say whether a type itself is deprecated: its constructor then warns, whatever it is given."""
    code = getattr(getattr(resource_class(token), "_internal_init", None), "__code__", None)
    return any(" is deprecated: aws." in str(constant) for constant in getattr(code, "co_consts", ()))


def deprecated_arguments(token: str, properties: Properties) -> Iterator[str]:
    """Tell, for each argument that is given and deprecated, where it stands and what to use instead."""
    yield from _deprecated(arguments(token), properties, "")


def _deprecated(known: Mapping[str, Argument], given: Properties, where: str) -> Iterator[str]:
    for key, value in given.items():
        if value is None or key not in known:
            continue
        argument = known[key]
        if argument.deprecated:
            yield f"{where}{key}: {argument.deprecated}"
        inside: Mapping[str, Argument] = _arguments(argument.block) if argument.block else {}
        for one in cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,):
            if isinstance(one, Mapping):
                yield from _deprecated(inside, cast("Properties", one), f"{where}{key}.")


@cache
def _arguments(args: type) -> Mapping[str, Argument]:
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
