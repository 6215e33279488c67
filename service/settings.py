"""Settings of the service: `IRIS_*` environment variables, read once and validated together.

A frozen dataclass and the standard library, not a settings framework: a Lambda function reads them during a
cold start, and importing pydantic takes longer than everything else before the first response.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSTANCE_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,128}")
"""Instance ids that are safe in a response header."""

_ORIGIN: Final = re.compile(
    r"https?://[A-Za-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9A-Fa-f:]+\](?::[0-9]{1,5})?"
)
"""`Origin` of a browser (RFC 6454, 6.2), for the schemes of web pages."""

_PATH: Final = re.compile(r"/[A-Za-z0-9._/-]*\*?")
"""Path without percent-encoding, or the beginning of one and `*`."""


class SettingsError(Exception):
    """All invalid settings, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("; ".join(mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of one process, or of a group of workers."""

    host: str = "127.0.0.1"
    """`IRIS_HOST`: address to listen on. By default, only this machine can connect."""
    port: int = 8080
    """`IRIS_PORT`: TCP port; 0 selects a free one, which is logged."""
    predictors: Path = Path(__file__).resolve().parent.parent / "predictors"
    """`IRIS_PREDICTORS`: folder of packed predictors; by default, next to this package, as in the archive."""
    instance_id: str = "local"
    """`IRIS_INSTANCE_ID`: value of `X-Served-By` in every response."""
    workers: int = 1
    """`IRIS_WORKERS`: number of processes that share the port; more than one per core gains nothing."""
    keep_alive_seconds: int = 75
    """`IRIS_KEEP_ALIVE_SECONDS`: idle timeout of a connection. It must exceed the load balancer's (60 s on
    AWS), or the load balancer sends requests over connections that are just being closed."""
    max_body_bytes: int = 1_048_576
    """`IRIS_MAX_BODY_BYTES`: maximum size of the body of a batch, in bytes; a larger one is refused with 413.
    Any other body can have up to 16,384 bytes."""
    head_seconds: int = 10
    """`IRIS_HEAD_SECONDS`: timeout for receiving the head of a request, which then ends with 408."""
    body_seconds: int = 30
    """`IRIS_BODY_SECONDS`: timeout for receiving the body of a request, which then ends with 408, and for a
    client to read a response, which is then cut off."""
    max_connections: int = 4_096
    """`IRIS_MAX_CONNECTIONS`: maximum number of connections per worker. One more closes those that have kept
    the worker waiting for longest, or is refused with 503 if it waits for none."""
    max_concurrent: int = 512
    """`IRIS_MAX_CONCURRENT`: maximum number of concurrent requests per worker; one more is refused with 503
    and `Retry-After`. A worker computes one request after the other, about 0.2 ms each: even the last in line
    is answered within a tenth of a second."""
    max_batches: int = 8
    """`IRIS_MAX_BATCHES`: maximum number of concurrent batches per worker. Further ones wait for a second,
    and are then refused with 503 and `Retry-After`. A worker computes one after the other; the responses of
    the others are being sent, and take up to 6 MB of memory each."""
    drain_seconds: int = 20
    """`IRIS_DRAIN_SECONDS`: maximum time from SIGTERM to the end of the process."""
    grace_seconds: int = 3
    """`IRIS_GRACE_SECONDS`: part of that time in which `/readyz` answers 503 while requests are still
    accepted, so that the load balancer notices. AWS's deregisters its targets first and needs none."""
    compress_bytes: int = 1_024
    """`IRIS_COMPRESS_BYTES`: minimum size of a compressed response; one that fits in a packet gains
    nothing."""
    log_sample: int = 100
    """`IRIS_LOG_SAMPLE`: one of this many requests is logged, and all errors up to 100 per second; 1 logs
    all, 0 only errors."""
    metrics: bool = True
    """`IRIS_METRICS`: Prometheus metrics at `/metrics`, `on` or `off`."""
    report_load: bool = False
    """`IRIS_REPORT_LOAD`: load of the worker in the header `endpoint-load-metrics` of each response, in the
    format of ORCA, for load balancers that weight by it; `on` or `off`."""
    docs: bool = True
    """`IRIS_DOCS`: documentation at `/docs`, `on` or `off`."""
    blocked_paths: tuple[str, ...] = ()
    """`IRIS_BLOCKED_PATHS`: paths that a Lambda function answers with 404, separated by commas; `*` at the
    end of one stands for any characters. A load balancer has rules instead, as its health checks need the
    paths."""
    batch_flowers: int = 10_000
    """`IRIS_BATCH_FLOWERS`: maximum number of flowers in a batch; a larger one is refused with 413."""
    cors_origins: tuple[str, ...] = ()
    """`IRIS_CORS_ORIGINS`: origins whose pages may read the responses, like `https://example.org`, separated
    by commas; `*` for all. None by default."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `IRIS_*`; a missing or empty variable has its default.

        Raises:
            SettingsError: With every invalid setting, not only the first.
        """
        reader = _EnvironmentReader(environment)
        settings = cls(
            host=reader.text("IRIS_HOST", cls.host),
            port=reader.integer("IRIS_PORT", cls.port, 0, 65_535),
            predictors=Path(reader.text("IRIS_PREDICTORS", str(cls.predictors))),
            instance_id=reader.text("IRIS_INSTANCE_ID", cls.instance_id),
            workers=reader.integer("IRIS_WORKERS", cls.workers, 1, 256),
            keep_alive_seconds=reader.integer("IRIS_KEEP_ALIVE_SECONDS", cls.keep_alive_seconds, 1, 4_060),
            max_body_bytes=reader.integer("IRIS_MAX_BODY_BYTES", cls.max_body_bytes, 1, 104_857_600),
            head_seconds=reader.integer("IRIS_HEAD_SECONDS", cls.head_seconds, 1, 3_600),
            body_seconds=reader.integer("IRIS_BODY_SECONDS", cls.body_seconds, 1, 3_600),
            max_connections=reader.integer("IRIS_MAX_CONNECTIONS", cls.max_connections, 1, 1_000_000),
            max_concurrent=reader.integer("IRIS_MAX_CONCURRENT", cls.max_concurrent, 1, 100_000),
            max_batches=reader.integer("IRIS_MAX_BATCHES", cls.max_batches, 1, 10_000),
            drain_seconds=reader.integer("IRIS_DRAIN_SECONDS", cls.drain_seconds, 1, 3_600),
            grace_seconds=reader.integer("IRIS_GRACE_SECONDS", cls.grace_seconds, 0, 3_600),
            compress_bytes=reader.integer("IRIS_COMPRESS_BYTES", cls.compress_bytes, 256, 104_857_600),
            log_sample=reader.integer("IRIS_LOG_SAMPLE", cls.log_sample, 0, 1_000_000_000),
            metrics=reader.switch("IRIS_METRICS", default=cls.metrics),
            report_load=reader.switch("IRIS_REPORT_LOAD", default=cls.report_load),
            docs=reader.switch("IRIS_DOCS", default=cls.docs),
            blocked_paths=reader.paths("IRIS_BLOCKED_PATHS", cls.blocked_paths),
            batch_flowers=reader.integer("IRIS_BATCH_FLOWERS", cls.batch_flowers, 1, 1_000_000),
            cors_origins=reader.origins("IRIS_CORS_ORIGINS", cls.cors_origins),
        )
        if not _INSTANCE_ID.fullmatch(settings.instance_id):
            reader.mistakes.append(
                f"IRIS_INSTANCE_ID is {settings.instance_id!r}: it must be 1 to 128 letters, digits "
                "and . _ : -"
            )
        if settings.grace_seconds >= settings.drain_seconds:
            reader.mistakes.append(
                f"IRIS_GRACE_SECONDS is {settings.grace_seconds}: it must be less than IRIS_DRAIN_SECONDS, "
                f"which is {settings.drain_seconds}"
            )
        if reader.mistakes:
            raise SettingsError(reader.mistakes)
        return settings


class _EnvironmentReader:
    """Reader of environment variables that collects the invalid ones."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.mistakes: list[str] = []

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name) or default

    def integer(self, name: str, default: int, minimum: int, maximum: int) -> int:
        value = self._environment.get(name)
        if not value:
            return default
        if value.isascii() and value.isdigit() and len(value) <= len(str(maximum)):
            number = int(value)
            if minimum <= number <= maximum:
                return number
        self.mistakes.append(f"{name} is {value!r}: it must be a whole number from {minimum} to {maximum}")
        return default

    def switch(self, name: str, *, default: bool) -> bool:
        value = self._environment.get(name)
        if not value:
            return default
        if value not in {"on", "off"}:
            self.mistakes.append(f"{name} is {value!r}: it must be on or off")
        return value == "on"

    def paths(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._environment.get(name)
        if not value:
            return default
        paths = tuple(value.split(","))
        if not all(_PATH.fullmatch(path) for path in paths):
            self.mistakes.append(f"{name} is {value!r}: it must be paths like /docs, separated by commas")
        return paths

    def origins(self, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
        value = self._environment.get(name)
        if not value:
            return default
        origins = tuple(origin.strip() for origin in value.split(","))
        if origins != ("*",) and not all(_ORIGIN.fullmatch(origin) for origin in origins):
            self.mistakes.append(
                f"{name} is {value!r}: it must be origins like https://example.org, without a path, "
                "separated by commas, or only *"
            )
        return origins
