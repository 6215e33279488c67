"""Formats of a batch and their media types."""

from __future__ import annotations

from email.message import Message
from enum import Enum
from typing import Final


class BatchFormat(Enum):
    """Format of a batch; the value is the media type of the response."""

    JSON = "application/json"
    """JSON array (RFC 8259)."""
    NDJSON = "application/x-ndjson"
    """One JSON object per line."""
    CSV = "text/csv"
    """Header line with the names of the columns, then one line per flower (RFC 4180)."""


FORMATS: Final = {form.value: form for form in BatchFormat} | {"application/jsonl": BatchFormat.NDJSON}
"""Media type -> format. NDJSON has two names; a response uses the one that the client requested."""

_UTF_8_CHARSETS: Final = {"", "utf-8", "utf8", "us-ascii"}


def parse_content_type(content_type: str) -> BatchFormat | None:
    """Return the format of a `Content-Type`; None for any other media type, and for CSV that is not UTF-8.

    JSON needs no `charset`: its encoding is detected from its first bytes.
    """
    message = Message()
    message["content-type"] = content_type
    if not content_type or "/" not in content_type:
        return None
    media_type = message.get_content_type()
    if media_type.startswith("application/") and media_type.endswith("+json"):
        return BatchFormat.JSON
    form = FORMATS.get(media_type)
    if form is BatchFormat.CSV and str(message.get_param("charset", "")).lower() not in _UTF_8_CHARSETS:
        return None
    return form
