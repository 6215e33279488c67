"""Reader of a model's definition, which reports all mistakes together: key, value and what is allowed."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any, Final, cast

from service.model.definition import Definition, DefinitionError
from service.model.feature import FeatureValueError, number_text
from service.model.hooks import HOOKS, load_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeGuard

MAX_FEATURES: Final = 1_000
"""Maximum number of features: a row of so many numbers takes 16 KB, the limit of a request for one row."""

MAX_CLASSES: Final = 1_000
"""Maximum number of classes, and of levels of a category: a response is encoded for each when it starts."""

MAX_LABEL: Final = 100
"""Maximum characters of a name, a level or a unit, which logs, metrics and lines of CSV repeat."""

MAX_TEXT: Final = 2_000
"""Maximum characters of a description."""

MAX_VALUE: Final = 60
"""Maximum characters of a wrong value in an error."""

TYPES: Final = ("number", "integer", "category")
TASKS: Final = ("classification", "regression")

RESERVED_FEATURES: Final = frozenset(("detail", "lang", "predictor"))
"""Parameters of requests, which no feature may be called."""

RESERVED_RESPONSE_KEYS: Final = frozenset(
    ("error", "errors", "notes", "predictor", "probabilities", "row", "swapped", "version")
)
"""Other keys of responses."""

_SHORT_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
"""Name that needs no escape in URLs, JSON, CSV and the languages of clients."""

_NAME: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""Name of a model, which URLs and folders hold."""

_A_SHORT_NAME: Final = "a letter and up to 62 letters, digits or underscores"
_A_LABEL: Final = f"1 to {MAX_LABEL} printable characters"
_A_TEXT: Final = f"up to {MAX_TEXT} characters"


def read_definition(content: object) -> Definition:
    """Read the definition in a manifest.

    Raises:
        DefinitionError: It is invalid.
    """
    check = _Check()
    if not isinstance(content, dict):
        check.refuse("definition", content, "an object")
        raise DefinitionError(check.message())
    given = cast("dict[str, Any]", content)
    _check_model(given, check)
    features: list[Any] = given["features"] if isinstance(given.get("features"), list) else []
    for index, feature in enumerate(features[:MAX_FEATURES]):
        _check_feature(feature, f"features[{index}]", check)
    if not check.mistakes:
        _check_together(given, check)
    if check.mistakes:
        raise DefinitionError(check.message())
    definition = Definition(given)
    _check_example(definition, check)
    if check.mistakes:
        raise DefinitionError(check.message())
    return definition


class _Check:
    """Mistakes found so far."""

    def __init__(self) -> None:
        self.mistakes: list[str] = []

    def refuse(self, key: str, value: object, allowed: str) -> None:
        """Add a mistake."""
        self.mistakes.append(f"{key} is {_shown(value)}, but must be {allowed}")

    def keys(self, given: Mapping[str, Any], allowed: Mapping[str, bool], where: str = "") -> None:
        """Check that all required keys are there (True), and no unknown one."""
        for key, required in allowed.items():
            if required and key not in given:
                self.mistakes.append(f"{where}{key} is missing")
        for key in given:
            if key not in allowed:
                self.refuse(f"{where}{_shown(key)}", given[key], f"absent: the keys are {', '.join(allowed)}")

    def values(
        self,
        given: Mapping[str, Any],
        rules: Mapping[str, tuple[Callable[[Any], bool], str]],
        where: str = "",
    ) -> None:
        """Check each value that is there by its rule: a test, and the words for what is allowed."""
        for key, (is_valid, allowed) in rules.items():
            if key in given and not is_valid(given[key]):
                self.refuse(where + key, given[key], allowed)

    def message(self) -> str:
        """Return all mistakes in one line."""
        return f"its definition is invalid: {'; '.join(self.mistakes)}"


def _check_model(given: Mapping[str, Any], check: _Check) -> None:
    classifies = given.get("task") != "regression"
    check.keys(
        given,
        {
            "name": True,
            "title": False,
            "description": False,
            "task": True,
            "features": True,
            **({"classes": True} if classifies else {"unit": False}),
            "response_key": True,
            "item": False,
            "items": False,
            "example": True,
            "hooks": False,
        },
    )
    check.values(
        given,
        {
            "name": (_matches(_NAME), "1 to 63 characters of a-z, 0-9, and - inside"),
            "title": (_is_label, _A_LABEL),
            "description": (_is_text, _A_TEXT),
            "task": (lambda task: task in TASKS, f"one of {', '.join(TASKS)}"),
            "features": (_is_list(MAX_FEATURES), f"a list of 1 to {MAX_FEATURES} features"),
            "classes": (_are_labels, f"a list of 1 to {MAX_CLASSES} different names of {_A_LABEL}"),
            "unit": (_is_label, _A_LABEL),
            "response_key": (
                lambda key: _matches(_SHORT_NAME)(key) and key not in RESERVED_RESPONSE_KEYS,
                f"{_A_SHORT_NAME}, and none of {', '.join(sorted(RESERVED_RESPONSE_KEYS))}",
            ),
            "item": (_is_label, _A_LABEL),
            "items": (_is_label, _A_LABEL),
            "example": (lambda example: isinstance(example, dict), "an object"),
            "hooks": (
                lambda hooks: isinstance(hooks, list) and (not hooks or hooks in [[hook] for hook in HOOKS]),
                f"a list with up to one of {', '.join(HOOKS)}",
            ),
        },
    )


def _check_feature(feature: object, where: str, check: _Check) -> None:
    if not isinstance(feature, dict):
        check.refuse(where, feature, "an object")
        return
    given = cast("dict[str, Any]", feature)
    is_category = given.get("type") == "category"
    check.keys(
        given,
        {
            "name": True,
            "short_name": True,
            "type": True,
            "unit": False,
            "unit_name": False,
            "description": False,
            **({"levels": True} if is_category else {"minimum": True, "maximum": True}),
            "optional": False,
        },
        f"{where}.",
    )
    check.values(
        given,
        {
            "name": (_is_label, _A_LABEL),
            "short_name": (
                lambda name: _matches(_SHORT_NAME)(name) and name not in RESERVED_FEATURES,
                f"{_A_SHORT_NAME}, and none of {', '.join(sorted(RESERVED_FEATURES))}",
            ),
            "type": (lambda type_: type_ in TYPES, f"one of {', '.join(TYPES)}"),
            "unit": (_is_label, _A_LABEL),
            "unit_name": (_is_label, _A_LABEL),
            "description": (_is_text, _A_TEXT),
            "levels": (_are_labels, f"a list of 1 to {MAX_CLASSES} different levels of {_A_LABEL}"),
            "minimum": (_is_number, "a finite number"),
            "maximum": (_is_number, "a finite number"),
            "optional": (lambda optional: isinstance(optional, bool), "true or false"),
        },
        f"{where}.",
    )
    minimum, maximum = given.get("minimum"), given.get("maximum")
    if _is_number(minimum) and _is_number(maximum) and maximum < minimum:
        check.refuse(f"{where}.maximum", maximum, f"at least its minimum, {number_text(minimum)}")


def _check_together(given: Mapping[str, Any], check: _Check) -> None:
    """Check what no value shows by itself: names that are taken, a hook of another model."""
    names = [feature["short_name"] for feature in given["features"]]
    for index, name in enumerate(names):
        if name in names[:index]:
            check.refuse(
                f"features[{index}].short_name", name, f"another one: features[{names.index(name)}] has it"
            )
    for name in given.get("hooks", ()):
        hook = load_hook(name)
        if hook and names != list(hook.FEATURES):
            check.refuse("hooks", [name], f"absent, as it is for the features {', '.join(hook.FEATURES)}")


def _check_example(definition: Definition, check: _Check) -> None:
    for name in definition.example:
        if name not in definition.short_names:
            check.refuse(
                f"example.{name}",
                definition.example[name],
                f"absent: the features are {', '.join(definition.short_names)}",
            )
    for feature in definition.features:
        value = definition.example.get(feature.short_name)
        try:
            feature.parse(value)
        except FeatureValueError as error:
            check.refuse(f"example.{feature.short_name}", value, str(error))


def _shown(value: object) -> str:
    """Return a value as short text in one line."""
    try:
        text = json.dumps(value, ensure_ascii=True)
    except (RecursionError, TypeError, ValueError):
        text = "something that JSON cannot hold"
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 3] + "..."


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_label(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and 0 < len(value) <= MAX_LABEL


def _is_text(value: object) -> bool:
    # Responses hold it: UTF-8 has no half of a surrogate pair.
    return (
        isinstance(value, str)
        and len(value) <= MAX_TEXT
        and value == value.encode("utf-8", "ignore").decode()
    )


def _is_list(maximum: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, list) and 0 < len(cast("list[Any]", value)) <= maximum


def _are_labels(value: object) -> bool:
    if not _is_list(MAX_CLASSES)(value):
        return False
    labels = cast("list[Any]", value)
    return all(map(_is_label, labels)) and len(set(labels)) == len(labels)


def _is_number(value: object) -> TypeGuard[float]:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond every float
        return False
