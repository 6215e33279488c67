"""Property values as Pulumi's engine sends them over gRPC: plain JSON, and objects that carry a signature.

The signatures are those of pulumi's sdk/python/lib/pulumi/runtime/rpc.py.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias, cast

from google.protobuf import json_format, struct_pb2

Properties: TypeAlias = dict[str, Any]
"""Inputs or outputs of a resource, by their names in camelCase."""

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""A value that only the deployment will know (`UNKNOWN`)."""

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
"""The key under which an object says what it is (`_special_sig_key`)."""

_WRAPPERS: Final = {
    "1b47061264138c4ac30d75fd1eb44270",  # a secret (`_special_secret_sig`)
    "d0e6a833031e9bbcd3f4e8bde6ca49a4",  # an output (`_special_output_value_sig`)
}

_BOOKKEEPING: Final = "__defaults"
"""Property that providers bridged from Terraform reserve for themselves."""


def decode(message: struct_pb2.Struct) -> Properties:
    """Return plain properties: wrappers opened, whole numbers as integers."""
    return cast("Properties", _plain(json_format.MessageToDict(message)))


def encode(properties: Properties) -> struct_pb2.Struct:
    """Return properties as a message; those without a value are left out."""
    return json_format.ParseDict(_without_none(properties), struct_pb2.Struct())


def is_known(value: object) -> bool:
    """Return whether a value holds nothing that only the deployment will know."""
    match value:
        case dict():
            return all(map(is_known, cast("Properties", value).values()))
        case list():
            return all(map(is_known, cast("list[object]", value)))
        case _:
            return value != UNKNOWN


def _plain(value: object) -> object:
    match value:
        case dict():
            fields = cast("Properties", value)
            if fields.get(_SIGNATURE) in _WRAPPERS:
                return _plain(fields.get("value", UNKNOWN))
            return {key: _plain(inner) for key, inner in fields.items() if key != _BOOKKEEPING}
        case list():
            return [_plain(inner) for inner in cast("list[object]", value)]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


def _without_none(value: object) -> Any:
    match value:
        case dict():
            fields = cast("Properties", value)
            return {key: _without_none(inner) for key, inner in fields.items() if inner is not None}
        case list():
            return [_without_none(inner) for inner in cast("list[object]", value)]
        case _:
            return value
