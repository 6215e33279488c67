"""A corrupt predictor whose hash is right is refused with one error, in one line, or works."""

from __future__ import annotations

import base64
import json
import math
import resource
import zlib
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.model import registry
from service.model.explanation import explain
from service.model.registry import PredictorError, load_predictor
from service.model.trees import MAX_CELLS, MAX_STEPS, Trees
from tests.iris import DEFINITION, Flower
from tests.service.model.corrupt import copy_predictor, edit_parameters, rewrite
from tests.service.model.test_trees import STUMPS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FLOWERS = (Flower(1.4, 0.2, 5.1, 3.5), Flower(0, 0, 0, 0), Flower(100, 100, 100, 100), Flower(0, 100, 0, 100))

HUGE = 10**400
"""An integer beyond every float."""

NESTED = "[" * 100_000 + "]" * 100_000


def refusal(folder: Path) -> str:
    with pytest.raises(PredictorError) as raised:
        load_predictor(folder)
    message = str(raised.value)
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (NESTED, "recursion"),
        ('{"kind": ' + NESTED + "}", "recursion"),
        ("3", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("null", "not a JSON object"),
        ('"linear"', "not a JSON object"),
        ("9" * 5_000, "4300"),
        ('{"kind": []}', "its kind"),
        ('{"kind": "' + "x\\n" * 10_000 + '"}', "its kind"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_parameters_that_are_no_object_are_refused(
    packed: str, reason: str, predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / "iris-logistic", tmp_path / "iris-logistic")
    rewrite(folder, packed)
    assert reason in refusal(folder)


def put(*path: str | int, value: object) -> Callable[[Any], None]:
    def change(content: Any) -> None:
        for step in path[:-1]:
            content = content[step]
        content[path[-1]] = value

    return change


def put_all(**values: object) -> Callable[[Any], None]:
    return lambda content: content.update(values)


def bomb(size: int) -> str:
    """Return a table of zeros, a thousandth of its size, which is a number of millions."""
    stream = zlib.compressobj()
    # After a full flush, which begins anew, the same million is compressed to the same bytes.
    first, next_one = (stream.compress(bytes(1_000_000)) + stream.flush(zlib.Z_FULL_FLUSH) for _ in range(2))
    adler32 = size % 65_521 << 16 | 1  # of as many zeros (RFC 1950, section 8.2)
    end = b"\x03\x00" + adler32.to_bytes(4, "big")
    return base64.b64encode(first + next_one * (size // 1_000_000 - 1) + end).decode()


LINEAR, TREES, BAYES = "iris-logistic", "iris-forest", "iris-bayes"

CORRUPT: list[tuple[str, Callable[[Any], object], str]] = [
    (LINEAR, put("coefficients", 0, 0, value=HUGE), "not finite"),
    (LINEAR, put("coefficients", 0, 0, value=math.nan), "not finite"),
    (LINEAR, put("intercepts", 0, value=math.inf), "not finite"),
    (LINEAR, put("coefficients", 0, 0, value=1e307), "a score is not finite"),
    (LINEAR, put("coefficients", 0, 0, value="1"), "not a number"),
    (LINEAR, put("coefficients", 0, 0, value=True), "not a number"),
    (LINEAR, put("coefficients", 0, value="1234"), "not a list"),
    (LINEAR, put("coefficients", 0, value=[1.0]), "expected 4"),
    (LINEAR, put("coefficients", value=3), "not iterable"),
    (LINEAR, put_all(coefficients=[], intercepts=[]), "names 3 classes, its parameters have 0"),
    (BAYES, put("variances", 0, 0, value=0), "not above 0"),
    (BAYES, put("variances", 0, 0, value=5e-324), "a score is not finite"),
    (BAYES, put("variances", 0, 0, value=1.7e308), "a score is not finite"),
    (BAYES, put("means", 0, 0, value=1e200), "a score is not finite"),
    (BAYES, put("priors", 0, value=HUGE), "not finite"),
    (BAYES, put_all(means=[], variances=[], priors=[]), "its parameters have 0"),
    (TREES, put("cuts", 0, 0, value=HUGE), "not finite"),
    (TREES, put("cuts", 0, 0, value=math.nan), "not finite"),
    (TREES, put("roots", value=[]), "begin at a node"),
    (TREES, put("roots", 0, value=0.0), "not a whole number"),
    (TREES, put("roots", 0, value=True), "not a whole number"),
    (TREES, put("roots", 0, value=-1), "begin at a node"),
    (TREES, put("left", 0, value=0), "node 0 leads nowhere"),
    (TREES, put("right", 0, value=0), "node 0 leads nowhere"),
    (TREES, put("left", 0, value=10**9), "node 0 leads nowhere"),
    (TREES, put("features", 0, value=4), "node 0 leads nowhere"),
    (TREES, put("features", 0, value=-2), "node 0 leads nowhere"),
    (TREES, put("thresholds", 0, value=10**6), "node 0 leads nowhere"),
    (TREES, put("leaves", 0, 0, value=1e308), "finite number for each class"),
    (TREES, put("leaves", 0, value=[]), "finite number for each class"),
    (TREES, put("link", value=[]), "unhashable"),
    (TREES, put("table", value=7), "argument"),
    (TREES, put("table", value=bomb(10_000_000)), "more than"),
    (
        TREES,
        put_all(cuts=[list(range(178))] * 4, table=bomb(1_000_000)),
        f"its cuts make {179**4} cells, and a table has at most {MAX_CELLS}",
    ),
]


@pytest.mark.parametrize(("name", "change", "reason"), CORRUPT)
def test_corrupt_parameters_are_refused(
    name: str, change: Callable[[Any], object], reason: str, predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / name, tmp_path / name)
    edit_parameters(folder, change)
    assert reason in refusal(folder)


def test_a_table_is_never_decompressed_beyond_its_cells():
    assert zlib.decompress(base64.b64decode(bomb(3_000_000))) == bytes(3_000_000)
    table = bomb(1_000_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ValueError, match="its table has more than 6 cells"):
        Trees.unpack(STUMPS | {"table": table}, DEFINITION)
    # In KiB on Linux, and in bytes on macOS: a gigabyte is more than either.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500_000


ZEROS = zlib.compress(bytes(6))


@pytest.mark.parametrize("damaged", [ZEROS[:-1], ZEROS + b"x"])
def test_a_table_that_is_cut_off_or_followed_by_more_is_refused(damaged: bytes):
    table = base64.b64encode(damaged).decode()
    with pytest.raises(ValueError, match="cannot be decompressed"):
        Trees.unpack(STUMPS | {"table": table}, DEFINITION)


def chain(length: int, trees: int) -> dict[str, Any]:
    """Return trees that share one path of `length` comparisons."""
    return STUMPS | {
        "roots": [0] * trees,
        "features": [0] * length + [-1],
        "thresholds": [0] * (length + 1),
        "left": [*range(1, length + 1), 0],
        "right": [*range(1, length + 1), 0],
    }


def test_trees_that_share_a_long_path_cannot_occupy_the_service():
    # Each tree takes its comparisons and adds three classes.
    assert Trees.unpack(chain(997, MAX_STEPS // 1_000), DEFINITION).decide(FLOWERS[0]) == 0
    with pytest.raises(ValueError, match="steps"):
        Trees.unpack(chain(997, MAX_STEPS // 1_000 + 1), DEFINITION)


MANIFESTS: list[tuple[Callable[[Any], object], str]] = [
    (put("name", value=""), "its name is not"),
    (put("name", value="two\nlines"), "its name is not"),
    (put("name", value=7), "its name is not"),
    (put("name", value="x" * 101), "its name is not"),
    (put("classes", value=[]), "no class"),
    (put("classes", 0, value=""), "its class is not"),
    (put("classes", 0, value="\ud800"), "its class is not"),
    (put("classes", 0, value="Iris Virginica"), "one twice"),
    (put("metrics", "accuracy", value=HUGE), "too large"),
    (put("trained_with", value=math.inf), "not JSON compliant"),
    (put("trained_with", value="\ud800"), "surrogates not allowed"),
    (put("features", value="pl"), "string indices"),
    (put("features", 0, "minimum", value=math.nan), "a number of centimetres"),
    (put("features", 0, "maximum", value=HUGE), "a number of centimetres"),
    (put("known_answers", 0, "specie", value="Iris Persica"), "does not match the classes"),
    (put("known_answers", 0, "probabilities", value=[1.0]), "does not match the classes"),
    (put("known_answers", 0, "values", "pl", value=math.inf), "a number of centimetres"),
]


@pytest.mark.parametrize(("change", "reason"), MANIFESTS)
def test_corrupt_manifests_are_refused(
    change: Callable[[Any], object], reason: str, predictors_folder: Path, tmp_path: Path
):
    folder = copy_predictor(predictors_folder / LINEAR, tmp_path / LINEAR)
    rewrite(folder, manifest=change)
    assert reason in refusal(folder)


@pytest.mark.parametrize("manifest", ["[]", "3", "null", NESTED, '"' + "x" * 100])
def test_a_manifest_that_is_no_object_is_refused(manifest: str, predictors_folder: Path, tmp_path: Path):
    folder = copy_predictor(predictors_folder / LINEAR, tmp_path / LINEAR)
    (folder / "manifest.json").write_text(manifest)
    assert "does not hold a predictor" in refusal(folder)


@pytest.mark.parametrize("name", ["manifest.json", "predictor.json"])
def test_a_file_that_is_too_large_is_not_read_to_its_end(
    name: str, predictors_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = copy_predictor(predictors_folder / LINEAR, tmp_path / LINEAR)
    size = (folder / name).stat().st_size
    other = max(path.stat().st_size for path in folder.iterdir())
    monkeypatch.setattr(registry, "MAX_FILE_BYTES", other)
    assert load_predictor(folder).reproduces_known_answers()
    with (folder / name).open("a") as file:
        file.write(" " * (other - size + 1))
    assert f"{name} has more than {other} bytes" in refusal(folder)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("place", ["definition", "title"])
def test_a_definition_with_a_number_that_is_no_json_is_refused_in_one_line(
    place: str, number: float, predictors_folder: Path, tmp_path: Path
):
    def change(content: Any) -> None:
        (content if place == "definition" else content["definition"])[place] = number

    folder = copy_predictor(predictors_folder / LINEAR, tmp_path / LINEAR)
    rewrite(folder, manifest=change)
    assert len(refusal(folder).splitlines()) == 1


NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.sampled_from([HUGE, -HUGE, 2**63, -1]),
    st.floats(),
    st.sampled_from([1e-320, 1e307, -1e308]),
    st.text(max_size=3),
    st.sampled_from(["linear", "trees", "softmax"]),
    st.builds(list[Any]),
    st.builds(dict[str, Any]),
    st.builds(lambda: [0.0] * 4),
)


def places(content: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the paths of all values in a document."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(content, dict):
        items = [*cast("dict[str, Any]", content).items()]
    elif isinstance(content, list):
        items = [*enumerate(cast("list[Any]", content)[:8])]
    return [path] * bool(path) + [place for key, value in items for place in places(value, (*path, key))]


def mutate(document: Any, data: st.DataObject) -> None:
    """Replace, remove or repeat values of a document."""
    for _ in range(data.draw(st.integers(1, 3), "changes")):
        *outer, last = data.draw(st.sampled_from(places(document)), "place")
        block: Any = document
        for step in outer:
            block = block[step]
        match data.draw(st.sampled_from(["replace", "remove", "repeat"]), "change"):
            case "remove":
                del block[last]
            case "repeat" if isinstance(last, int):
                block.append(block[last])
            case _:
                block[last] = data.draw(NASTY, "value")
        if not places(document):
            return


@pytest.mark.parametrize("name", [LINEAR, TREES, BAYES])
@pytest.mark.parametrize("file", ["predictor.json", "manifest.json"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_mutated_predictor_works_or_is_refused(
    name: str, file: str, predictors_folder: Path, tmp_path: Path, data: st.DataObject
):
    folder = copy_predictor(predictors_folder / name, tmp_path / name)
    if file == "predictor.json":
        edit_parameters(folder, lambda content: mutate(content, data))
    else:
        rewrite(folder, manifest=lambda content: mutate(content, data))
    try:
        predictor = load_predictor(folder)
    except PredictorError as error:
        refused = str(error)
        assert len(refused.splitlines()) == 1
        return
    assert predictor.reproduces_known_answers() in {True, False}
    for flower in FLOWERS:
        explanation = explain(predictor, flower, corrected=False)
        assert explanation["specie"] in predictor.classes
        assert len(explanation["probabilities"]) == len(predictor.classes)
        json.dumps([explanation, dict(predictor.card)], allow_nan=False, ensure_ascii=False).encode()
    assert predictor.predict_many(FLOWERS) == [predictor.predict(flower) for flower in FLOWERS]
