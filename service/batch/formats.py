"""The three forms in which a batch comes and goes."""

from __future__ import annotations

from email.message import Message
from enum import Enum
from typing import Final


class BatchFormat(Enum):
    """A form of a batch; the value is the media type that it is answered as."""

    JSON = "application/json"
    """An array (RFC 8259)."""
    NDJSON = "application/x-ndjson"
    """A JSON object on each line."""
    CSV = "text/csv"
    """A line with the names of the columns, then a line for each flower (RFC 4180)."""


FORMATS: Final = {form.value: form for form in BatchFormat} | {"application/jsonl": BatchFormat.NDJSON}
"""Media type -> form. NDJSON has two names, and whoever asks by one is answered by that one."""

_UTF_8: Final = {"", "utf-8", "utf8", "us-ascii"}


def parse_content_type(content_type: str) -> BatchFormat | None:
    """Tell the form from a `Content-Type`; None where it names none of the three, or CSV that is not UTF-8.

    JSON needs no `charset`: it says by itself in which UTF it is written.
    """
    message = Message()
    message["content-type"] = content_type
    if not content_type or "/" not in content_type:
        return None
    media_type = message.get_content_type()
    if media_type.startswith("application/") and media_type.endswith("+json"):
        return BatchFormat.JSON
    form = FORMATS.get(media_type)
    if form is BatchFormat.CSV and str(message.get_param("charset", "")).lower() not in _UTF_8:
        return None
    return form
