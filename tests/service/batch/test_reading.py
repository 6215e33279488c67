"""Both readers of batches: the fast one returns what the strict one returns, or None."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from service.batch import fast_reader, json_array, limits, strict_reader
from service.batch.formats import BatchFormat, parse_content_type
from service.batch.rows import BatchError, Fault, InvalidRow, ParsedRows
from service.http.json_errors import json_error_detail
from tests.iris import DEFINITION, Flower
from tests.service.steps import finish

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_FLOWERS = 50
FAST = fast_reader.FastReader(DEFINITION)
STRICT = strict_reader.StrictReader(DEFINITION, lambda _: None)
parse_length = DEFINITION.features[0].parse

numbers = st.one_of(
    st.floats(0, 100).map(repr),
    st.integers(0, 100).map(str),
    st.sampled_from(["-0.0", "-0", "1e1", "1E-5", "0.10", "100", "100.0", "99.99999999999999999999"]),
)
unusual_values = st.sampled_from(
    [
        *(
            "NaN",
            "Infinity",
            "-1",
            "101",
            "1e999",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "1_0",
            "0x1",
            "null",
            "true",
        ),
        *('""', '"abc"', '"1\\n2"', '"\\ud800"', '"1 "', "[1]", "{}", "9" * 400, '"' + "9" * 400 + '"', ""),
    ]
)
lengths = st.one_of(numbers, numbers.map(lambda text: f'"{text}"'), numbers, unusual_values)
names = st.sampled_from(["pl", "pw", "sl", "sw"] * 20 + ["x", "\\u0070l", "PL", " pl"])
colons = st.sampled_from([":"] * 20 + [" : ", ":\n", ""])
commas = st.sampled_from([","] * 20 + [", ", ",\n", ",,", "", "\r\n"])


@st.composite
def objects(draw: st.DrawFn) -> str:
    whole = ["pl", "pw", "sl", "sw"]
    keys = draw(st.one_of(st.just(whole), st.permutations(whole), st.lists(names, max_size=6)))
    text = ""
    for place, key in enumerate(keys):
        text += (draw(commas) if place else "") + f'"{key}"{draw(colons)}{draw(lengths)}'
    return "{" + text + draw(st.sampled_from(["}"] * 30 + ["", "}}", ",}"]))


things = st.one_of(objects(), objects(), objects(), st.sampled_from(["1", "null", "[]", "{}", ""]))


@st.composite
def arrays(draw: st.DrawFn) -> str:
    text = ""
    for place, thing in enumerate(draw(st.lists(things, max_size=5))):
        text += (draw(commas) if place else "") + thing
    return (
        draw(st.sampled_from(["["] * 9 + ["", " [", "\ufeff["]))
        + text
        + draw(st.sampled_from(["]"] * 9 + ["", "] "]))
    )


@st.composite
def lines(draw: st.DrawFn) -> str:
    ends = st.sampled_from(["\n"] * 9 + ["\r\n", "\n\n", " ", "", "\r", "\n \n", ",\n"])
    return "".join(thing + draw(ends) for thing in draw(st.lists(things, max_size=5)))


@st.composite
def tables(draw: st.DrawFn) -> str:
    ends = st.sampled_from(["\n"] * 9 + ["\r\n", "\n\n", "\r"])
    cells = st.one_of(
        numbers, numbers, numbers, numbers.map(lambda text: f'"{text}"'), unusual_values, st.just(" 1 ")
    )
    header = draw(
        st.one_of(
            st.permutations(["pl", "pw", "sl", "sw"]),
            st.permutations(["pl", "pw", "sl", "sw", "id"]),
            st.lists(names, max_size=6),
        )
    )
    width = len(header)
    text = draw(st.sampled_from([""] * 9 + ["\ufeff", "\n"])) + ",".join(header) + draw(ends)
    for _ in range(draw(st.integers(0, 4))):
        size = draw(st.sampled_from([width] * 20 + [width - 1, width + 1]))
        text += ",".join(draw(st.lists(cells, min_size=max(size, 0), max_size=max(size, 0)))) + draw(ends)
    return text


def read_fast(body: bytes, form: BatchFormat) -> Sequence[tuple[float, ...]] | None:
    return finish(FAST.read(body, form, MAX_FLOWERS))


def read_strictly(body: bytes, form: BatchFormat) -> ParsedRows:
    return finish(STRICT.read(body, form, MAX_FLOWERS))


def assert_readers_agree(body: bytes, form: BatchFormat) -> None:
    """Assert that the fast reader returns the flowers or the error of the strict one, or None."""
    refusal = None
    try:
        fast = read_fast(body, form)
    except BatchError as error:
        refusal, fast = error, None
    if refusal:
        with pytest.raises(BatchError) as refused:
            read_strictly(body, form)
        assert (refusal.status, refusal.faults) == (refused.value.status, refused.value.faults)
    if fast is None:
        return
    strict = read_strictly(body, form)
    assert [tuple(flower) for flower in fast] == [tuple(row) for row in strict.flowers]
    assert not strict.refused


@settings(max_examples=150, deadline=None)
@given(arrays())
@example('[{"pl":1,"pl":2,"pw":2.5,"sl":3,"sw":4}]')
@example('[{"pl":1,"pw":2.5,"sl":3,"sw":4,"x":"\\ud800"}]')
@example("[]")
def test_both_readers_agree_on_arrays(text: str):
    assert_readers_agree(text.encode(), BatchFormat.JSON)


@settings(max_examples=150, deadline=None)
@given(lines())
@example('{"pl":1,\n"pw":2,"sl":3,"sw":4}{"pl":1,"pw":2,"sl":3,"sw":4}')
@example('{"pl":1,\n"pw":2,"sl":3,"sw":4}\n{"pl":1,"pw":2,"sl":3,"sw":4}{"pl":1,"pw":2,"sl":3,"sw":4}')
@example('{"pl":1,"pw":2,"sl":3,"sw":4} {"pl":1,"pw":2,"sl":3,"sw":4}')
def test_both_readers_agree_on_lines(text: str):
    assert_readers_agree(text.encode(), BatchFormat.NDJSON)


@settings(max_examples=150, deadline=None)
@given(tables())
@example('pl,pw,sl,sw\n"1\n2",1,1,1\n')
@example("pl,pw,sl,sw\n\n")
@example("")
def test_both_readers_agree_on_csv(text: str):
    assert_readers_agree(text.encode(), BatchFormat.CSV)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=40), st.sampled_from(BatchFormat))
def test_both_readers_agree_on_any_bytes(body: bytes, form: BatchFormat):
    assert_readers_agree(body, form)


ROW = b'{"pl":1,"pw":2,"sl":3,"sw":4}'
BLANKS = [bytes([code]) for code in range(33)] + [
    b"\x7f",
    b"\xc2\x85",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
    b"\xef\xbb\xbf",
]


@pytest.mark.parametrize("form", BatchFormat)
@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_both_readers_agree_on_every_blank_character_in_every_place(blank: bytes, form: BatchFormat):
    """JSON has four blank characters (RFC 8259, 2); str.strip() removes more, bytes.strip() others."""
    match form:
        case BatchFormat.JSON:
            parts = [b"[", ROW, b",", ROW, b"]"]
        case BatchFormat.NDJSON:
            parts = [ROW, b"\n", ROW, b"\n"]
        case BatchFormat.CSV:
            parts = [b"pl", b",pw,sl,sw", b"\n", b"1", b",2,3,4", b"\n"]
    for place in range(len(parts) + 1):
        for times in (1, 2):
            assert_readers_agree(b"".join([*parts[:place], blank * times, *parts[place:]]), form)


def test_vertical_tabs_and_form_feeds_are_no_blanks_of_json():
    for blank in (b"\x0b", b"\x0c"):
        assert read_fast(ROW + b"\n" + blank, BatchFormat.NDJSON) is None
        assert [row.row for row in read_strictly(ROW + b"\n" + blank, BatchFormat.NDJSON).refused] == [2]


short_pieces = st.lists(
    st.sampled_from(
        [
            *(
                ROW,
                ROW,
                ROW,
                b"\n",
                b",",
                b"[",
                b"]",
                b"},",
                b"{",
                b'"',
                b" ",
                b"\r",
                b"\x0b",
                b"\x0c",
                b"\t",
            ),
            *(b"pl,pw,sl,sw\n", b"1,2,3,4\n", b"1,2,3,4\n", b"5,6,7,8\r\n", b'"9",1,1,1\n', b'"1\n",1,1,1\n'),
            *(b'{"pl":"1","pw":2,"sl":3,"sw":4}', b"x", b"\xc3\xa9", b"1", b":", b"}"),
        ]
    ),
    max_size=14,
).map(b"".join)
arrays_of_pieces = st.lists(st.sampled_from([ROW, ROW, ROW, b"1", b"{}", b"", ROW + b" "]), max_size=9).map(
    lambda rows: b"[%b]" % b",".join(rows)
)
tables_of_pieces = short_pieces.map(lambda rows: b"pl,pw,sl,sw\n" + rows)


@settings(max_examples=400, deadline=None)
@given(st.one_of(short_pieces, arrays_of_pieces, tables_of_pieces), st.sampled_from(BatchFormat))
def test_both_readers_agree_wherever_a_piece_of_a_batch_ends(body: bytes, form: BatchFormat):
    with pytest.MonkeyPatch.context() as patch:
        for module in (fast_reader, strict_reader, json_array, limits):
            patch.setattr(module, "MAX_ROW_CHARACTERS", 40)
        patch.setattr(json_array, "_WINDOW_CHARACTERS", 100)
        assert_readers_agree(body, form)


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=8,
    ).map(lambda value: [value] * 3),
    st.sampled_from([None, 1, 4]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32-le"]),
)
def test_the_elements_of_an_array_are_those_of_the_standard_library(
    array: list[Any], indent: int | None, encoding: str
):
    body = json.dumps(array, indent=indent).encode(encoding)
    assert list(json_array.array_elements(body, "an element")) == json.loads(body)


# json.loads is the authority; since Python 3.13 it describes a trailing comma differently.
@given(st.text(alphabet='[]{},:"1e.-+ \\untrlfasNI\n\x0b', max_size=12).filter(lambda text: ",]" not in text))
def test_what_is_no_array_of_json_gets_the_error_of_the_standard_library(text: str):
    expected = ""
    parsed = None
    try:
        parsed = json.loads(text)
    except ValueError as error:
        expected = json_error_detail(error)
    if isinstance(parsed, list):
        assert repr(list(json_array.array_elements(text.encode(), "an element"))) == repr(cast("Any", parsed))
        return
    with pytest.raises(BatchError) as refused:
        list(json_array.array_elements(text.encode(), "an element"))
    assert refused.value.status == (400 if expected else 422)
    assert refused.value.detail == (expected or "The body is not a batch.")


@pytest.mark.parametrize("length", ["1.4", '"1.4"'])
def test_the_fast_reader_reads_valid_batches_of_every_format(length: str):
    row = f'{{"pl":{length},"pw":0.2,"sl":5.1,"sw":3.5}}'
    assert read_fast(f"[{row},{row}]".encode(), BatchFormat.JSON) == [(1.4, 0.2, 5.1, 3.5)] * 2
    assert read_fast(f"{row}\n{row}\n".encode(), BatchFormat.NDJSON) == [(1.4, 0.2, 5.1, 3.5)] * 2
    assert read_fast(f"sl,x,pl,sw,pw\r\n5.1,7,{length},3.5,0.2\r\n".encode(), BatchFormat.CSV) == [
        (1.4, 0.2, 5.1, 3.5)
    ]


def test_of_all_short_texts_the_fast_reader_accepts_only_lengths_and_reads_them_right():
    """Guard against a later msgspec that parses more notations of numbers."""
    accepted = 0
    for size in range(6):
        for characters in itertools.product("019.eE+-_ n", repeat=size):
            text = "".join(characters)
            fast = read_fast(f'[{{"pl":"{text}","pw":0,"sl":0,"sw":0}}]'.encode(), BatchFormat.JSON)
            if fast is not None:
                accepted += 1
                assert fast[0][0] == parse_length(text)
    assert accepted > 500


@pytest.mark.parametrize(
    "body",
    [b"x%b]", b"(%b]", b"%b]", b"[%b", b"[%b)", b"[%b]x", b"[%b,]", b"[%b," + b" " * 16_384 + b"]", b"[,%b]"],
)
def test_what_is_no_array_is_left_to_the_strict_reader_which_refuses_it(body: bytes):
    assert read_fast(body % ROW, BatchFormat.JSON) is None
    with pytest.raises(BatchError) as caught:
        read_strictly(body % ROW, BatchFormat.JSON)
    assert caught.value.status == 400


def test_each_invalid_row_is_named_with_all_its_faults():
    rows: list[Any] = [{"pl": 1, "pw": 2, "sl": 3, "sw": 4}, {"pl": "abc", "pw": -1}, 5]
    allowed = "a number of centimetres from 0 to 100"
    expected = [
        InvalidRow(
            2,
            (
                Fault("pl", "abc", allowed),
                Fault("pw", "-1", allowed),
                Fault("sl", None, allowed),
                Fault("sw", None, allowed),
            ),
        ),
        InvalidRow(3, (Fault("row", "5", "a JSON object with pl, pw, sl, sw"),)),
    ]
    for body, form in (
        (json.dumps(rows), BatchFormat.JSON),
        ("\n".join(map(json.dumps, rows)), BatchFormat.NDJSON),
    ):
        read = read_strictly(body.encode(), form)
        assert (read.flowers, read.refused) == ([Flower(1, 2, 3, 4)], expected)


def test_spaces_and_blank_lines_of_csv_are_ignored_and_rows_counted_without_them():
    read = read_strictly(
        b"\xef\xbb\xbfid, sl ,pl,sw,pw\r\n\r\na, 5.1,1.4 ,3.5,0.2\n\nb,x,1,1\n", BatchFormat.CSV
    )
    assert read.flowers == [Flower(1.4, 0.2, 5.1, 3.5)]
    assert [(row.row, [fault[:2] for fault in row.faults]) for row in read.refused] == [
        (2, [("pw", None), ("sl", "x")])
    ]


@pytest.mark.parametrize(("line", "cells"), [("1,4,0,2,5,1,3,5", 8), ("1,4,0.2,5.1,3.5", 5)])
def test_decimal_commas_in_csv_are_detected(line: str, cells: int):
    read = read_strictly(f"pl,pw,sl,sw\n{line}\n".encode(), BatchFormat.CSV)
    assert read.refused == [InvalidRow(1, (Fault("row", f"{cells} cells", "4 cells, as in the first line"),))]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pl;pw;sl;sw\r\n1,4;0,2;5,1;3,5\r\n", "semicolons"),
        ("\ufeff\r\nsw; sl ;pw;pl;note\r\n", "semicolons"),
        ('"pl";"pw";"sl";"sw"\r\n"1,4";"0,2";"5,1";"3,5"\r\n', "semicolons"),
        ("sep=;\r\npl;pw;sl;sw\r\n", "semicolons"),
        ("pl\tpw\tsl\tsw\n1.4\t0.2\t5.1\t3.5\n", "tabs"),
        ("pl|pw|sl|sw\n", "vertical bars"),
    ],
)
def test_another_separator_is_named(text: str, name: str):
    with pytest.raises(BatchError, match=f"It is separated by {name}: separate it by commas"):
        read_strictly(text.encode(), BatchFormat.CSV)


@pytest.mark.parametrize("text", ["pl,pw,sl\n", "length;width\n", 'pl,pw,sl,sw\n"1"2;3\n', "a\n"])
def test_no_separator_is_named_where_none_is_the_cause(text: str):
    with pytest.raises(BatchError) as caught:
        read_strictly(text.encode(), BatchFormat.CSV)
    assert "separated" not in caught.value.detail


def test_a_line_that_is_not_json_does_not_affect_others():
    read = read_strictly(b'{"pl":1,"pw":2,"sl":3,"sw":4}\n{"pl":1\n' + b"[" * 100_000, BatchFormat.NDJSON)
    assert len(read.flowers) == 1
    assert [row.row for row in read.refused] == [2, 3]


@pytest.mark.parametrize(
    ("body", "form", "status", "complaint"),
    [
        (b"[1", BatchFormat.JSON, 400, "not JSON"),
        (b"[" * 100_000, BatchFormat.JSON, 400, "nested too deeply"),
        (b'["\xff"]', BatchFormat.JSON, 400, "not UTF-8"),
        (b"{}", BatchFormat.JSON, 422, "not a batch"),
        (b"\xff", BatchFormat.NDJSON, 400, "not UTF-8"),
        (b"\xff", BatchFormat.CSV, 400, "not UTF-8"),
        (b"pl,pw,sl\n1,2,3\n", BatchFormat.CSV, 422, "first line"),
        (b"pl,pw,sl,sw,pl\n1,2,3,4,5\n", BatchFormat.CSV, 422, "first line"),
        (b"pl;pw;sl;sw\n1;2;3;4\n", BatchFormat.CSV, 422, "first line"),
        (b'pl,pw,sl,sw\n"1"2,3,4,5\n', BatchFormat.CSV, 400, "not CSV"),
        (b'pl,pw,sl,sw\n"1,2,3,4\n', BatchFormat.CSV, 400, "not CSV"),
        (b"pl,pw,sl,sw\n" + b"1,2,3,x\n" * 51, BatchFormat.CSV, 413, "more than 50"),
        (b"[" + b"1," * 50 + b"1]", BatchFormat.JSON, 413, "more than 50"),
        (b"1\n" * 51, BatchFormat.NDJSON, 413, "more than 50"),
    ],
)
def test_an_unreadable_batch_is_refused_as_a_whole(
    body: bytes, form: BatchFormat, status: int, complaint: str
):
    with pytest.raises(BatchError, match=complaint) as caught:
        read_strictly(body, form)
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/json", BatchFormat.JSON),
        ("application/vnd.iris+json; charset=utf-8", BatchFormat.JSON),
        ("Application/X-NDJSON", BatchFormat.NDJSON),
        ("application/jsonl", BatchFormat.NDJSON),
        ("text/csv", BatchFormat.CSV),
        ('text/csv; header=present; charset="UTF-8"', BatchFormat.CSV),
        ("text/csv; charset=utf8", BatchFormat.CSV),
        ("text/csv; charset=US-ASCII", BatchFormat.CSV),  # every text of it is UTF-8
        ("text/csv; charset=latin-1", None),
        ("text/vnd.iris+json", None),  # RFC 6839 is about any type, the service about applications
        ("text/plain", None),
        ("", None),
        ("csv", None),
    ],
)
def test_the_content_type_determines_the_format(content_type: str, form: BatchFormat | None):
    assert parse_content_type(content_type) is form
