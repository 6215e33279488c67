"""Pages of the lists that Auto Scaling's operations return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PAGE_SIZE: Final = 100
"""Items of a page, by default and at most, AWS's limit (Auto Scaling API 2011-01-01)."""

T = TypeVar("T")


def page_of(found: Sequence[T], request: Mapping[str, Any]) -> tuple[list[T], str | None]:
    """Return the page of a list that a request asks for, and the token of the next one.

    Args:
        found: All items.
        request: Request with its `MaxRecords` and `NextToken`, if it has them.
    """
    start = int(request.get("NextToken") or 0)
    end = start + min(request.get("MaxRecords", PAGE_SIZE), PAGE_SIZE)
    return list(found[start:end]), str(end) if end < len(found) else None
