"""Pages of an alarm's history, newest first, as DescribeAlarmHistory returns them.

Source: CloudWatch API reference, DescribeAlarmHistory. LocalStack returns all items, oldest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Item = Mapping[str, Any]

MAXIMUM_RECORDS: Final = 100
"""Items of a page, by default and at most."""


def history_page(
    history: Sequence[Item],
    *,
    item_type: str | None = None,
    scan_by: str | None = None,
    max_records: int | None = None,
    next_token: str | None = None,
) -> tuple[list[Item], str | None]:
    """Return a page of a history, and the token of the next one.

    Args:
        history: items, oldest first.
        item_type: `HistoryItemType`; None for all.
        scan_by: `TimestampAscending` or, by default, `TimestampDescending`.
        max_records: maximum number of items.
        next_token: token of the page; None for the first one.
    """
    chosen = [item for item in history if item_type in {None, item.get("HistoryItemType")}]
    if scan_by != "TimestampAscending":
        chosen.reverse()
    begin = int(next_token or 0)
    end = begin + (max_records or MAXIMUM_RECORDS)
    return chosen[begin:end], str(end) if end < len(chosen) else None
