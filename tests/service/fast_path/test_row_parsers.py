"""Parsers of one row leave to the framework what they or the server would not read alike."""

from __future__ import annotations

import pytest

from service.fast_path.row_parsers import query_parser
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
