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

_ORIGIN: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?"
)
"""What a browser sends as `Origin` (RFC 6454, 6.2), for the schemes that pages are loaded by."""


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
    head_seconds: int = 10
    """`IRIS_HEAD_SECONDS`: who takes longer to send the head of a request is cut off with 408."""
    body_seconds: int = 30
    """`IRIS_BODY_SECONDS`: who takes longer to send the body of a request is cut off with 408, and who takes
    longer to read an answer does not get the rest."""
    max_connections: int = 4_096
    """`IRIS_MAX_CONNECTIONS`: of each worker. One more is told 503 and closed."""
    max_concurrent: int = 512
    """`IRIS_MAX_CONCURRENT`: requests that a worker works on at once; one more is told 503 and when to come
    back. A worker computes one after the other, about 0.2 ms each, so that who waits as the last of so many
    is still answered within a tenth of a second, and batches within seconds."""
    drain_seconds: int = 20
    """`IRIS_DRAIN_SECONDS`: told to stop by SIGTERM, the service has ended after this long."""
    grace_seconds: int = 3
    """`IRIS_GRACE_SECONDS`: of these, so many are for the load balancer to see that `/readyz` answers 503,
    while requests are still taken. One that deregisters its targets first, as AWS's does, needs none."""
    compress_bytes: int = 1_024
    """`IRIS_COMPRESS_BYTES`: shorter answers are never compressed; what fits in one packet gains nothing."""
    log_sample: int = 100
    """`IRIS_LOG_SAMPLE`: of so many requests without an error one is logged; 1 logs all, 0 errors alone."""
    metrics: bool = True
    """`IRIS_METRICS`: whether `/metrics` tells numbers to Prometheus, `on` or `off`."""
    docs: bool = True
    """`IRIS_DOCS`: whether `/docs` shows the documentation, `on` or `off`."""
    batch_flowers: int = 10_000
    """`IRIS_BATCH_FLOWERS`: a batch with more of them is refused with 413."""
    cors_origins: tuple[str, ...] = ()
    """`IRIS_CORS_ORIGINS`: whose pages may read the answers, like `https://example.org`, separated by commas;
    `*` for all. Nobody's, unless told otherwise."""

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
            head_seconds=reader.integer("IRIS_HEAD_SECONDS", cls.head_seconds, 1, 3_600),
            body_seconds=reader.integer("IRIS_BODY_SECONDS", cls.body_seconds, 1, 3_600),
            max_connections=reader.integer("IRIS_MAX_CONNECTIONS", cls.max_connections, 1, 1_000_000),
            max_concurrent=reader.integer("IRIS_MAX_CONCURRENT", cls.max_concurrent, 1, 100_000),
            drain_seconds=reader.integer("IRIS_DRAIN_SECONDS", cls.drain_seconds, 1, 3_600),
            grace_seconds=reader.integer("IRIS_GRACE_SECONDS", cls.grace_seconds, 0, 3_600),
            compress_bytes=reader.integer("IRIS_COMPRESS_BYTES", cls.compress_bytes, 256, 104_857_600),
            log_sample=reader.integer("IRIS_LOG_SAMPLE", cls.log_sample, 0, 1_000_000_000),
            metrics=reader.switch("IRIS_METRICS", default=cls.metrics),
            docs=reader.switch("IRIS_DOCS", default=cls.docs),
            batch_flowers=reader.integer("IRIS_BATCH_FLOWERS", cls.batch_flowers, 1, 1_000_000),
            cors_origins=reader.origins("IRIS_CORS_ORIGINS", cls.cors_origins),
        )
        if not _INSTANCE_ID.fullmatch(settings.instance_id):
            reader.mistakes.append(
                f"IRIS_INSTANCE_ID is {settings.instance_id!r}: it takes 1 to 128 letters, digits and . _ : -"
            )
        if settings.grace_seconds >= settings.drain_seconds:
            reader.mistakes.append(
                f"IRIS_GRACE_SECONDS is {settings.grace_seconds}: it is a part of IRIS_DRAIN_SECONDS, "
                f"{settings.drain_seconds}, and must be less"
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

    def switch(self, name: str, *, default: bool) -> bool:
        given = self._environment.get(name)
        if not given:
            return default
        if given not in {"on", "off"}:
            self.mistakes.append(f"{name} is {given!r}: it takes on or off")
        return given == "on"

    def origins(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        given = self._environment.get(name)
        if not given:
            return default
        origins = tuple(origin.strip() for origin in given.split(","))
        if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
            self.mistakes.append(
                f"{name} is {given!r}: it takes origins like https://example.org, without a path, separated "
                "by commas, or * alone"
            )
        return origins
