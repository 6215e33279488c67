"""Pages of the lists that Auto Scaling's operations return."""

from __future__ import annotations

import pytest

from scalable_models_localstack.autoscaling.pages import page_of


@pytest.mark.parametrize(
    ("number", "request_", "page", "token"),
    [
        (0, {}, range(0), None),
        (100, {}, range(100), None),
        (101, {}, range(100), "100"),
        (101, {"NextToken": "100"}, range(100, 101), None),
        # More than AWS's maximum are not returned at once.
        (250, {"MaxRecords": 200}, range(100), "100"),
        (5, {"MaxRecords": 2}, range(2), "2"),
        (5, {"MaxRecords": 2, "NextToken": "2"}, range(2, 4), "4"),
        (5, {"MaxRecords": 2, "NextToken": "4"}, range(4, 5), None),
        # A full last page has no empty one after it.
        (4, {"MaxRecords": 2, "NextToken": "2"}, range(2, 4), None),
    ],
)
def test_a_page_begins_at_its_token_and_names_the_next_one_if_there_is_one(
    number: int, request_: dict[str, object], page: range, token: str | None
):
    assert page_of(range(number), request_) == ([*page], token)
