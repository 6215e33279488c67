"""Elements of a JSON array, parsed one after the other, so that a limit can end the work.

`json.loads` would parse all of a body before the first element could be checked: a million empty objects take
a third of a second. `JSONDecoder.raw_decode` parses one value from a text. As it cannot be told where to
stop, it gets a window of the text.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from service.batch.limits import MAX_ROW_CHARACTERS, too_long_row
from service.batch.rows import BatchError, Fault
from service.http.input_echo import echo
from service.http.json_errors import json_error_detail

if TYPE_CHECKING:
    from collections.abc import Iterator

_WINDOW_CHARACTERS: Final = 4 * MAX_ROW_CHARACTERS

_LONGEST_ESCAPE: Final = len("-Infinity") + len(r"\ud83d\ude00")
"""Distance from the end of a window within which an error can come from the end of the window."""

_skip_blank: Final = re.compile(r"[ \t\n\r]*").match
_decode: Final = json.JSONDecoder().raw_decode


def array_elements(body: bytes, an_element: str) -> Iterator[Any]:
    """Yield each element of a JSON array; `an_element` names the allowed values of one in errors.

    Raises:
        BatchError: The body is not JSON, not an array, or has an element that is too long.
    """
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
    except ValueError as error:
        raise BatchError(400, json_error_detail(error)) from error
    parser = _Parser(text)
    start = parser.skip_blank(0)
    first = text[start : start + 1]
    if first != "[":
        raise _no_array(parser, start, first, an_element)
    position = parser.skip_blank(start + 1)
    if text[position : position + 1] == "]":
        parser.check_end(position + 1)
        return
    while True:
        parser.row += 1
        value, position = parser.parse(position)
        yield value
        position = parser.skip_blank(position)
        separator = text[position : position + 1]
        if separator == "]":
            parser.check_end(position + 1)
            return
        if separator != ",":
            raise parser.error("Expecting ',' delimiter", position)
        position = parser.skip_blank(position + 1)


class _Parser:
    """Parser of the values in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._window = text[:_WINDOW_CHARACTERS]
        self._offset = 0
        """Index in the text of the window's first character."""
        self.row = 0
        """Number of the current element, counted from 1."""

    def skip_blank(self, position: int) -> int:
        found = _skip_blank(self._text, position)
        return found.end() if found else position

    def check_end(self, position: int) -> None:
        end = self.skip_blank(position)
        if end != len(self._text):
            raise self.error("Extra data", end)

    def error(self, message: str, position: int) -> BatchError:
        return BatchError(400, json_error_detail(json.JSONDecodeError(message, self._text, position)))

    def parse(self, start: int) -> tuple[Any, int]:
        """Parse the value at an index; return it, and the index after it."""
        if start - self._offset + MAX_ROW_CHARACTERS >= len(self._window) and not self._is_last_window():
            self._offset, self._window = start, self._text[start : start + _WINDOW_CHARACTERS]
        try:
            value, end = _decode(self._window, start - self._offset)
        except json.JSONDecodeError as error:
            if self._is_cut(error):
                raise too_long_row(self.row) from error
            raise self.error(error.msg, self._offset + error.pos) from error
        except (ValueError, RecursionError) as error:
            raise BatchError(400, json_error_detail(error)) from error
        end += self._offset
        if end - start > MAX_ROW_CHARACTERS:
            raise too_long_row(self.row)
        return value, end

    def _is_cut(self, error: json.JSONDecodeError) -> bool:
        """Return whether the value may be well-formed, but does not end within the window."""
        is_at_end = error.pos > len(self._window) - _LONGEST_ESCAPE
        return not self._is_last_window() and (is_at_end or error.msg.startswith("Unterminated string"))

    def _is_last_window(self) -> bool:
        return self._offset + len(self._window) >= len(self._text)


def _no_array(parser: _Parser, start: int, first: str, an_element: str) -> BatchError:
    parser.row = 1
    try:
        value, end = parser.parse(start)
        parser.check_end(end)
    except BatchError as error:
        if error.status != 413 or first != "{":  # noqa: PLR2004 (HTTP's own)
            return error
        value = dict[str, Any]()  # echoed without its content
    fault = Fault("body", echo(value), f"a JSON array, each element {an_element}")
    return BatchError(422, "The body is not a batch.", faults=(fault,))
