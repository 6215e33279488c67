"""Execution environments, which LocalStack creates to invoke a function and reuses while they are warm."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from localstack.runtime.shutdown import SHUTDOWN_HANDLERS
from localstack.services.lambda_.invocation.execution_environment import ExecutionEnvironment
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

from scalable_models_localstack.functions.environment import function_environment
from scalable_models_localstack.functions.invocation_result import (
    InvocationOutcome,
    exit_outcome,
    reported_error_outcome,
    response_outcome,
    timeout_outcome,
)
from scalable_models_localstack.functions.log_format import Init, Invocation, format_json, format_text
from scalable_models_localstack.functions.process import ENVIRONMENT_ID, FunctionProcess, ProcessExitError

if TYPE_CHECKING:
    from localstack.services.lambda_.invocation.lambda_models import FunctionVersion

PYTHON: Final = "LOCAL_CLOUD_PYTHON"
"""Variable with the interpreter of all functions, for any Python runtime. Default: LocalStack's own."""

INIT_TIMEOUT: Final = 10.0
"""Maximum seconds of a process's start; after that the first invocation starts another process. Source: "Init
phase" in Lambda's developer guide."""

LOOPBACK: Final = "127.0.0.1"


_started: Final[WeakSet[ProcessExecutor]] = WeakSet()


@dataclass(frozen=True)
class EventResult:
    """Result of an event with the function's output."""

    outcome: InvocationOutcome
    printed: str = ""
    seconds: float | None = None
    """Duration measured by the process, if it could."""


class ProcessExecutor(RuntimeExecutor):
    """Execution environment: a process, replaced after a failure, and a folder for temporary files."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack's name
        super().__init__(id, function_version)
        self._temporary = Path(tempfile.gettempdir(), "lambda", "environments", id)
        self._environment: dict[str, str] = {}
        self._storage = function_version.config.ephemeral_storage.size * 2**20
        self._process: FunctionProcess | None = None
        self._inits: list[Init] = []
        """Starts that are not logged yet."""
        self._billed_init: float | None = None
        self._memory_used = 0
        self._in_use: Final = Lock()
        self._stopped = False

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the archive, once for the function's latest version and all versions published from it.

        Raises:
            ValueError: the function cannot run here; LocalStack reports it as the reason of the state Failed.
        """
        config = function_version.config
        if not (config.runtime or "").startswith("python"):
            raise ValueError(f"functions run in Python here, not in {config.runtime or 'an image'}")
        if config.layers:
            raise ValueError(
                "layers are not supported here: pack all dependencies into the function's archive"
            )
        if not os.access(_interpreter(), os.X_OK):
            raise ValueError(f"{PYTHON} names {_interpreter()}, which is not executable")
        config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Do nothing: LocalStack deletes the unpacked archive when no version needs it."""

    def start(self, env_vars: dict[str, Any]) -> None:
        """Start a process and wait until its handler is imported. After a failure, invocations try again."""
        _started.add(self)
        self._temporary.mkdir(parents=True)
        self._environment = function_environment(self.function_version.config, env_vars, self._temporary) | {
            ENVIRONMENT_ID: self.id
        }
        with self._in_use:
            started = time.monotonic()
            if isinstance(self._start_process("", "init", started, INIT_TIMEOUT), FunctionProcess):
                self._billed_init = time.monotonic() - started

    def stop(self) -> None:
        """Kill the process and its descendants, even during an invocation."""
        self._stopped = True
        if process := self._process:
            process.kill()
        with self._in_use:
            self._discard_process()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Invoke the function with an event."""
        config = self.function_version.config
        request_id = payload["invoke-id"]
        with self._in_use:
            started, clock = datetime.now(UTC), time.monotonic()
            run = self._run(payload, clock, config.timeout)
            invocation = Invocation(
                request_id=request_id,
                version=self.function_version.id.qualifier,
                started=started,
                ended=datetime.now(UTC),
                seconds=time.monotonic() - clock if run.seconds is None else run.seconds,
                memory_size=config.memory_size,
                memory_used=self._memory_used,
                printed=run.printed,
                outcome=run.outcome,
                billed_init=self._billed_init,
            )
            logs = self._take_logs(invocation)
        return InvocationResult(request_id, run.outcome.payload, run.outcome.status != "success", logs)

    def get_address(self) -> str:
        """Return the address of the process."""
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        """Return LocalStack's address as seen from the process."""
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        """Return an empty URL: the process does not use Lambda's Runtime API."""
        return ""

    def get_logs(self) -> str:
        """Return the output of starts that is not part of an invocation's log yet."""
        return "".join(init.printed for init in self._inits)

    def _run(self, payload: dict[str, str], started: float, timeout: int) -> EventResult:
        """Send an event to the process, or to a new one if the last one was discarded."""
        request_id = payload["invoke-id"]
        deadline = started + timeout
        warm = self._warm_process()
        process = warm or self._start_process(request_id, "invoke", started, timeout)
        if isinstance(process, InvocationOutcome):
            return EventResult(process)
        head = {
            "requestId": request_id,
            "functionArn": payload["invoked-function-arn"],
            "traceId": payload["trace-id"],
            "deadline": int((time.time() + deadline - time.monotonic()) * 1000),
        }
        try:
            process.send(head, payload["payload"].encode(), deadline)
            message = process.receive(deadline)
        except TimeoutError:
            return EventResult(timeout_outcome(request_id, timeout, _timestamp()), self._discard_process())
        except ProcessExitError as error:
            return EventResult(exit_outcome(request_id, error.status), self._discard_process())
        self._memory_used = max(self._memory_used, process.memory())
        outcome = (response_outcome if message.kind == "answer" else reported_error_outcome)(message.body)
        return EventResult(outcome, process.printed(), message.seconds if warm else None)

    def _warm_process(self) -> FunctionProcess | None:
        """Return the process unless it exited between two invocations, which fails no invocation."""
        if self._process and self._process.has_ended():
            self._discard_process()
        return self._process

    def _start_process(
        self, request_id: str, phase: str, started: float, timeout: float
    ) -> FunctionProcess | InvocationOutcome:
        """Start a process and wait until it is ready; return it or its failure."""
        at, failure = datetime.now(UTC), None
        process = self._process = FunctionProcess(_interpreter(), self._environment, self._storage)
        if self._stopped:
            process.kill()
        try:
            message = process.receive(started + timeout)
            failure = reported_error_outcome(message.body) if message.kind == "error" else None
        except TimeoutError:
            failure = timeout_outcome(request_id, int(timeout), _timestamp())
        except ProcessExitError as error:
            failure = exit_outcome(request_id, error.status)
        self._memory_used = max(self._memory_used, process.memory())
        printed = self._discard_process() if failure else process.printed()
        self._inits.append(
            Init(
                kind=self._environment["AWS_LAMBDA_INITIALIZATION_TYPE"],
                started=at,
                seconds=time.monotonic() - started,
                printed=printed,
                phase=phase,
                failure=failure,
            )
        )
        return failure or process

    def _discard_process(self) -> str:
        """Kill the process if there is one, and return its last output."""
        process, self._process = self._process, None
        if process is None:
            return ""
        self._memory_used = max(self._memory_used, process.memory())
        return process.end()

    def _take_logs(self, invocation: Invocation) -> str:
        """Return the log of an invocation and of the preceding starts that are not logged yet."""
        inits, self._inits, self._billed_init = self._inits, [], None
        config = self.function_version.config.logging_config
        if config.get("LogFormat") == "JSON":
            return format_json(inits, invocation, str(config.get("SystemLogLevel", "INFO")))
        return format_text(inits, invocation)


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Plugin that LAMBDA_RUNTIME_EXECUTOR=process selects."""

    name = "process"

    def load(self) -> type[ProcessExecutor]:  # pyright: ignore[reportIncompatibleMethodOverride] - plux types it as None
        """Return the class of execution environments."""
        _install()
        return ProcessExecutor


@cache
def _install() -> None:
    # LocalStack ignores a function's configured log group.
    ExecutionEnvironment.get_log_group_name = _log_group
    # LocalStack would stop functions only at the end of its shutdown.
    SHUTDOWN_HANDLERS.register(_stop_all)


def _stop_all() -> None:
    for executor in list(_started):
        executor.stop()


def _log_group(self: ExecutionEnvironment) -> str:
    """Return the function's configured or default log group."""
    version = self.function_version
    configured = version.config.logging_config.get("LogGroup")
    return configured or f"/aws/lambda/{version.id.function_name}"


def _interpreter() -> Path:
    return Path(os.environ.get(PYTHON) or sys.executable)


def _timestamp() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
