"""Configuration engine: text is read into sections, pydantic models, and all mistakes are reported at once.

pydantic declares and validates each setting. Its own error would hide relations between the settings that are
right, and speaks of types, not of what a stack may be: its errors become sentences here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from inspect import signature
from typing import TYPE_CHECKING, Annotated, Any, Final, Generic, TypeAlias, TypeVar, cast, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from pydantic import GetCoreSchemaHandler
    from pydantic.fields import FieldInfo

T = TypeVar("T")
S = TypeVar("S", bound="Section")

RANGE_ERRORS: Final = frozenset({"greater_than_equal", "less_than_equal"})
"""pydantic's error types of a number out of range. Relations still hold for it: its value is known."""


SIMILARITY: Final = 0.5
"""Minimum similarity of a suggested name, from 0 to 1 (difflib's ratio, whose default is 0.6)."""


class Section(BaseModel):
    """Settings of one subject: a field each, whose key is its name in camelCase."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, validate_by_name=True, validate_by_alias=True
    )

    @classmethod
    @cache
    def settings(cls) -> dict[str, FieldInfo]:
        """Return the declaration of each setting by its key."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}


Relation: TypeAlias = "Callable[..., Iterator[str]]"
"""Yields a sentence for each contradiction between the settings that its parameters name."""


@dataclass(frozen=True)
class Parser(Generic[T]):
    """Annotation of a setting's type: the function that parses its text, and the texts that it takes."""

    parse: Callable[[str], T]
    """Raises ValueError, with the reason unless `allowed` says it all."""
    allowed: str
    unit: str = ""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema: text is parsed, a value is taken as it is, and a number keeps its range."""

        def parsed(given: object) -> object:
            return self.parse(given) if isinstance(given, str) else given

        if source is int:
            return core_schema.no_info_before_validator_function(parsed, handler(source))
        return core_schema.no_info_plain_validator_function(parsed)


@dataclass(frozen=True)
class Reading:
    """Result of reading sections: their models, and the mistakes of single settings."""

    models: Mapping[type[Section], Section]
    readable: Mapping[str, Any]
    """Values by field name, without those that could not be read or were not given."""
    mistakes: tuple[str, ...]

    def section(self, kind: type[S]) -> S:
        """Return a section's model; settings with mistakes have their defaults in it."""
        return cast("S", self.models[kind])

    def contradictions(self, relations: Iterable[Relation]) -> Iterator[str]:
        """Yield the sentences of all relations whose settings are readable."""
        for relation in relations:
            names = _parameters(relation)
            if self.readable.keys() >= names:
                yield from relation(**{name: self.readable[name] for name in names})


def read_sections(sections: Sequence[type[Section]], values: Mapping[str, str]) -> Reading:
    """Read the given settings; missing ones have their defaults in the models, and are not `readable`."""
    models: dict[type[Section], Section] = {}
    readable: dict[str, Any] = {}
    mistakes: list[str] = []
    for section in sections:
        given = {key: values[key] for key in section.settings() if key in values}
        wrong: dict[str, Any] = {}
        try:
            models[section] = section.model_validate(given)
        except ValidationError as error:
            wrong = {str(one["loc"][0]): one for one in error.errors(include_url=False)}
            models[section] = section.model_validate({key: given[key] for key in given.keys() - wrong.keys()})
        for name, (key, field) in zip(section.model_fields, section.settings().items(), strict=True):
            if key in wrong:
                mistakes.append(_sentence(key, given[key], field, wrong[key]))
                if wrong[key]["type"] in RANGE_ERRORS:
                    readable[name] = int(given[key])
            elif key in given:
                readable[name] = getattr(models[section], name)
    known = [key for section in sections for key in section.settings()]
    for key in sorted(values.keys() - set(known)):
        hint = did_you_mean(key, known) or f"known are {', '.join(known)}"
        mistakes.append(f"{key} is not a key: {hint}")
    return Reading(models, readable, tuple(mistakes))


def _sentence(key: str, given: str, field: FieldInfo, error: Mapping[str, Any]) -> str:
    reason = str(error.get("ctx", {}).get("error", ""))
    if error["type"] == "literal_error":
        reason = did_you_mean(given, get_args(field.annotation))
    return f"{key} is {given!r}{f' ({reason})' if reason else ''}: it must be {allowed_values(field)}"


def parser_of(field: FieldInfo) -> Parser[Any] | None:
    """Return the parser of a setting's text; None where it is one of a few names."""
    parsers: list[Parser[Any]] = [one for one in field.metadata if isinstance(one, Parser)]
    return parsers[0] if parsers else None


def allowed_values(field: FieldInfo) -> str:
    """Return a description of the texts that a setting may have."""
    parser = parser_of(field)
    if parser is None:
        return " or ".join(get_args(field.annotation)) or "any text"
    limits = {
        name: getattr(one, name) for one in field.metadata for name in ("ge", "le") if hasattr(one, name)
    }
    return f"{parser.allowed} from {limits['ge']:,} to {limits['le']:,}" if limits else parser.allowed


def default_text(field: FieldInfo) -> str:
    """Return a setting's default as Pulumi passes it: text for every type."""
    default: object = field.default
    return default if isinstance(default, str) else json.dumps(default)


@cache
def _parameters(relation: Relation) -> frozenset[str]:
    return frozenset(signature(relation).parameters)


def parse_integer(text: str) -> int:
    """Parse a whole number in ASCII digits.

    Raises:
        ValueError: It is none.
    """
    # Fifteen digits exceed every range here, and are few enough to convert a pasted text of any length.
    if not re.fullmatch(r"[+-]?[0-9]{1,15}", text):
        raise ValueError
    return int(text)


def parse_flag(text: str) -> bool:
    """Parse `true` or `false`.

    Raises:
        ValueError: It is neither; the text suggests the one that is near.
    """
    words = {"true": True, "false": False}
    if text not in words:
        raise ValueError(did_you_mean(text, words))
    return words[text]


WHOLE_NUMBER: Final = "a whole number"

Integer: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER)]
Seconds: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "seconds")]
Milliseconds: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "ms")]
Days: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "days")]
Percent: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "percent")]
Megabytes: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "MB")]
UsDollars: TypeAlias = Annotated[int, Parser(parse_integer, WHOLE_NUMBER, "USD")]
Flag: TypeAlias = Annotated[bool, Parser(parse_flag, "true or false")]


def parse_list(
    parse: Callable[[str], T], *, maximum: int, separator: str = ","
) -> Callable[[str], tuple[T, ...]]:
    """Build the parser of up to `maximum` different items with a separator between them."""

    def parsed(text: str) -> tuple[T, ...]:
        parts = [part.strip() for part in text.split(separator) if part.strip()]
        items = tuple(parse(part) for part in parts)
        repeated = next((part for at, part in enumerate(parts) if items[at] in items[:at]), None)
        if repeated is not None:
            raise ValueError(f"{repeated!r} comes twice")
        if len(items) > maximum:
            raise ValueError(f"{len(items):,} of them")
        return items

    return parsed


def parse_names(names: Sequence[T]) -> Callable[[str], tuple[T, ...]]:
    """Build the parser of different names, separated by commas; they are returned in the order of `names`."""

    def parsed(text: str) -> tuple[T, ...]:
        words = [word.strip() for word in text.split(",")] if text.strip() else []
        for word in words:
            if word not in names:
                hint = did_you_mean(word, map(str, names))
                raise ValueError(f"{word!r} is none of them; {hint}".rstrip("; "))
            if words.count(word) > 1:
                raise ValueError(f"{word} is there twice")
        return tuple(name for name in names if name in words)

    return parsed


def did_you_mean(name: str, known: Iterable[str], *, maximum: int = 1) -> str:
    """Return the question after the most similar known names, up to a maximum; empty if none is similar."""
    by_lower_case = {one.lower(): one for one in known}
    similar = get_close_matches(name.lower(), by_lower_case, n=maximum, cutoff=SIMILARITY)
    return f"did you mean {' or '.join(by_lower_case[one] for one in similar)}?" if similar else ""
