"""What the service can be told from outside: `IRIS_*` environment variables, read once, checked together.

A frozen dataclass and the standard library, not a settings framework: a function that wakes on its first
request reads this too, and importing pydantic alone costs more than all the rest of its work.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTANCE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""What is safe in a response header."""


class SettingsError(Exception):
    """Every mistake in the environment, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How one process, or one group of workers, serves."""

    host: str = "127.0.0.1"
    """`IRIS_HOST`: the address to listen on. Nobody else can connect unless told otherwise."""
    port: int = 8080
    """`IRIS_PORT`: the TCP port; 0 takes a free one, which is printed."""
    predictors: Path = Path(__file__).resolve().parent.parent / "predictors"
    """`IRIS_PREDICTORS`: the folder of packed predictors. In the archive it lies beside this package."""
    instance_id: str = "local"
    """`IRIS_INSTANCE_ID`: named in every response, so that one can see who answered."""
    workers: int = 1
    """`IRIS_WORKERS`: how many processes share the port; one for each core is plenty."""
    keep_alive_seconds: int = 75
    """`IRIS_KEEP_ALIVE_SECONDS`: how long an idle connection stays open. Must be longer than the load
    balancer's idle timeout (60 s on AWS), or it sends requests into connections that close just then."""
    max_body_bytes: int = 1_048_576
    """`IRIS_MAX_BODY_BYTES`: a request with a larger body is refused with 413."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `IRIS_*`; what is missing or empty has its default.

        Raises:
            SettingsError: with every mistake, not only the first.
        """
        reader = _Reader(environment)
        settings = cls(
            host=reader.text("IRIS_HOST", cls.host),
            port=reader.integer("IRIS_PORT", cls.port, 0, 65_535),
            predictors=Path(reader.text("IRIS_PREDICTORS", str(cls.predictors))),
            instance_id=reader.text("IRIS_INSTANCE_ID", cls.instance_id),
            workers=reader.integer("IRIS_WORKERS", cls.workers, 1, 256),
            keep_alive_seconds=reader.integer("IRIS_KEEP_ALIVE_SECONDS", cls.keep_alive_seconds, 1, 4_000),
            max_body_bytes=reader.integer("IRIS_MAX_BODY_BYTES", cls.max_body_bytes, 1, 104_857_600),
        )
        if not _INSTANCE_ID.fullmatch(settings.instance_id):
            reader.mistakes.append(
                f"IRIS_INSTANCE_ID is {settings.instance_id!r}: it takes 1 to 128 letters, digits and . _ : -"
            )
        if reader.mistakes:
            raise SettingsError(reader.mistakes)
        return settings


class _Reader:
    """Reads variables and remembers what was wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.mistakes: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name) or default

    def integer(self, name: str, default: int, lowest: int, highest: int) -> int:
        given = self._environment.get(name)
        if not given:
            return default
        if given.isascii() and given.isdigit() and len(given) <= len(str(highest)):
            number = int(given)
            if lowest <= number <= highest:
                return number
        self.mistakes.append(f"{name} is {given!r}: it takes a whole number from {lowest} to {highest}")
        return default
