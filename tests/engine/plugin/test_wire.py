from __future__ import annotations

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from tests.engine.plugin.wire import UNKNOWN, decode, encode, is_known


def wrapped(signature: str, value: object) -> dict[str, object]:
    return {rpc._special_sig_key: signature, "value": value}  # noqa: SLF001 - the SDK's own word for it # pyright: ignore[reportPrivateUsage]


def test_secrets_and_outputs_are_opened_however_deep_they_lie():
    sent = {
        "password": wrapped(rpc._special_secret_sig, "hidden"),  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        "names": [wrapped(rpc._special_output_value_sig, wrapped(rpc._special_secret_sig, "a"))],  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        "__defaults": [],
    }
    message = json_format.ParseDict(sent, struct_pb2.Struct())
    assert decode(message) == {"password": "hidden", "names": ["a"]}


def test_an_output_without_a_value_is_not_known():
    sent = {"arn": {rpc._special_sig_key: rpc._special_output_value_sig}}  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    assert decode(json_format.ParseDict(sent, struct_pb2.Struct())) == {"arn": rpc.UNKNOWN}


def test_numbers_come_back_as_they_went_and_what_has_no_value_is_left_out():
    properties = {"port": 80, "share": 0.5, "on": True, "tags": {"a": "b", "c": None}, "none": None}
    assert decode(encode(properties)) == {"port": 80, "share": 0.5, "on": True, "tags": {"a": "b"}}


def test_a_value_is_known_only_if_all_in_it_is():
    assert is_known({"a": [1, {"b": "c"}]})
    assert not is_known({"a": [1, {"b": UNKNOWN}]})
    assert UNKNOWN == rpc.UNKNOWN
