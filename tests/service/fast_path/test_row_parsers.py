"""Parsers of one row leave to the framework what they or the server would not read alike."""

from __future__ import annotations

import math

import pytest

from service.fast_path.row_parsers import body_parser, query_parser, range_check
from service.model.definition import Definition
from service.server.http_protocol import MAX_QUERY_FIELDS
from tests.service.houses import DEFINITION


def wide(features: int) -> Definition:
    """Return a definition with so many features of one letter and a number."""
    feature = DEFINITION["features"][0]
    names = [f"{'abcdefghij'[index % 10]}{'abcdefghijklmn'[index // 10]}" for index in range(features)]
    return Definition(
        {
            **DEFINITION,
            "features": [{**feature, "name": f"long_{name}", "short_name": name} for name in names],
        }
    )


@pytest.mark.parametrize(("features", "is_read"), [(MAX_QUERY_FIELDS, True), (MAX_QUERY_FIELDS + 1, False)])
def test_a_query_with_more_fields_than_the_server_reads_is_left_to_it(features: int, *, is_read: bool):
    definition = wide(features)
    query = "&".join(f"{name}=1" for name in definition.short_names).encode()

    assert bool(query_parser(definition, generated=True)(query)) is is_read


@pytest.mark.parametrize("features", [4, 5, 12])
@pytest.mark.parametrize("generated", [False, True])
def test_only_a_query_with_each_feature_once_and_nothing_else_is_read(features: int, *, generated: bool):
    definition = wide(features)
    pairs = [f"{name}={place}.5" for place, name in enumerate(definition.short_names)]
    parse = query_parser(definition, generated=generated)

    def read(*pairs: str) -> object:
        return parse("&".join(pairs).encode())

    row = tuple(place + 0.5 for place in range(features))
    assert read(*pairs) == read(*reversed(pairs)) == row
    for others in (
        [*pairs, "detail=true"],
        [*pairs, "predictor=1"],
        [*pairs, pairs[0]],
        [*pairs[:-1], pairs[0]],
        pairs[:-1],
        [*pairs, ""],
        [*pairs[:-1], f"{definition.short_names[-1]}="],
        [*pairs[:-1], f"{definition.short_names[-1]}=1e1"],
        [*pairs[:-1], f"{definition.short_names[-1]}=%31"],
        [*pairs[:-1], f"{definition.short_names[-1]}=nan"],
        [],
    ):
        assert read(*others) is None, others


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b'{"a":1,"b":"2.5"}', (1.0, 2.5)),
        (b'{"b":0.5,"a":-3}', (-3.0, 0.5)),
        (b'{"a":1,"b":true}', None),
        (b'{"a":1,"b":null}', None),
        (b'{"a":1,"b":[2]}', None),
        (b'{"a":1,"b":" 2"}', None),
        (b'{"a":1,"b":"2e1"}', None),
        (b'{"a":1}', None),
        (b'{"a":1,"b":2,"c":3}', None),
        (b'{"a":1,"a":2,"b":3}', None),
        (b"[1,2]", None),
        (b"1", None),
        (b'{"a":1,"b":2', None),
        # Beyond 2**53, an integer and its float can lie on different sides of a limit.
        (b'{"a":9007199254740992,"b":1}', (2.0**53, 1.0)),
        (b'{"a":9007199254740993,"b":1}', None),
        (b'{"a":-9007199254740993,"b":1}', None),
    ],
)
def test_a_body_is_read_if_it_has_each_feature_once_as_a_plain_number(
    body: bytes, row: tuple[float, ...] | None
):
    features = [
        {"name": name, "short_name": name, "type": "number", "minimum": -(2**60), "maximum": 2**60}
        for name in ("a", "b")
    ]
    assert body_parser(Definition({**DEFINITION, "features": features}))(body) == row


# A range of JSON Schema has both its ends; a whole number may be written with decimals.
@pytest.mark.parametrize("generated", [False, True])
@pytest.mark.parametrize("type_", ["number", "integer"])
def test_the_ends_of_a_range_are_allowed_and_nothing_beyond_them(type_: str, *, generated: bool):
    features = [
        {"name": name, "short_name": name, "type": type_, "minimum": low, "maximum": high}
        for name, low, high in (("a", -1, 3), ("b", 0, 10))
    ]
    is_allowed = range_check(Definition({**DEFINITION, "features": features}), generated=generated)
    for row in ((-1.0, 0.0), (3.0, 10.0), (-1.0, 10.0), (0.0, 1.0)):
        assert is_allowed(row)
    for row in ((-1.1, 0.0), (3.1, 0.0), (0.0, -0.1), (0.0, 10.1), (math.nan, 0.0), (0.0, math.inf)):
        assert not is_allowed(row)
    assert is_allowed((0.5, 1.0)) is is_allowed((1.0, 0.5)) is (type_ == "number")
