"""Execution environments: what LocalStack asks for when a function is to run, and keeps while it is warm."""

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

from scalable_models_localstack.functions.environment import variables
from scalable_models_localstack.functions.invocation_result import Outcome, answered, failed, left, timed_out
from scalable_models_localstack.functions.log_format import Init, Invocation, as_json, as_text
from scalable_models_localstack.functions.process import MARK, FunctionProcess, LeftError

if TYPE_CHECKING:
    from localstack.services.lambda_.invocation.lambda_models import FunctionVersion

PYTHON: Final = "LOCAL_CLOUD_PYTHON"
"""Names the interpreter that runs functions, whatever runtime they ask for. Without it: LocalStack's own."""

INIT_WITHIN: Final = 10.0
"""Seconds that a process may take to be ready; after that the first invocation starts another. Source: "Init
phase" in Lambda's developer guide."""

LOOPBACK: Final = "127.0.0.1"


_started: Final[WeakSet[ProcessExecutor]] = WeakSet()


@dataclass(frozen=True)
class Run:
    """What came of an event."""

    outcome: Outcome
    printed: str = ""
    seconds: float | None = None
    """What it took, where the process could tell."""


class ProcessExecutor(RuntimeExecutor):
    """An execution environment: a process that is replaced when it has failed, and a folder for its files."""

    def __init__(self, id: str, function_version: FunctionVersion) -> None:  # noqa: A002 - LocalStack calls it so
        super().__init__(id, function_version)
        self._temporary = Path(tempfile.gettempdir(), "lambda", "environments", id)
        self._environment: dict[str, str] = {}
        self._process: FunctionProcess | None = None
        self._inits: list[Init] = []
        """Not told yet."""
        self._billed_init: float | None = None
        self._memory_used = 0
        self._in_use: Final = Lock()
        self._stopped = False

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the archive, once for the function's latest version and all that were published of it.

        Raises:
            ValueError: this function cannot run here; LocalStack tells it as the reason of the state Failed.
        """
        config = function_version.config
        if not (config.runtime or "").startswith("python"):
            raise ValueError(f"functions run in Python here, not in {config.runtime or 'an image'}")
        if config.layers:
            raise ValueError("layers cannot be used here: pack all that the function needs into its archive")
        if not os.access(_interpreter(), os.X_OK):
            raise ValueError(f"{PYTHON} names {_interpreter()}, which is no program")
        config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Do nothing: LocalStack removes the unpacked archive when no version needs it."""

    def start(self, env_vars: dict[str, Any]) -> None:
        """Start a process, and wait for its handler to be imported. If that fails, invocations try again."""
        _started.add(self)
        self._temporary.mkdir(parents=True)
        self._environment = variables(self.function_version.config, env_vars, self._temporary) | {
            MARK: self.id
        }
        with self._in_use:
            began = time.monotonic()
            if isinstance(self._wake("", "init", began, INIT_WITHIN), FunctionProcess):
                self._billed_init = time.monotonic() - began

    def stop(self) -> None:
        """End the process and all that it has started, in the middle of an invocation if there is one."""
        self._stopped = True
        if process := self._process:
            process.kill()
        with self._in_use:
            self._give_up()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Let the function answer an event."""
        config = self.function_version.config
        request_id = payload["invoke-id"]
        with self._in_use:
            began, clock = datetime.now(UTC), time.monotonic()
            run = self._run(payload, clock, config.timeout)
            invocation = Invocation(
                request_id=request_id,
                version=self.function_version.id.qualifier,
                began=began,
                ended=datetime.now(UTC),
                seconds=time.monotonic() - clock if run.seconds is None else run.seconds,
                memory_size=config.memory_size,
                memory_used=self._memory_used,
                printed=run.printed,
                outcome=run.outcome,
                billed_init=self._billed_init,
            )
            logs = self._told(invocation)
        return InvocationResult(request_id, run.outcome.payload, run.outcome.status != "success", logs)

    def get_address(self) -> str:
        """Return where it runs."""
        return LOOPBACK

    def get_endpoint_from_executor(self) -> str:
        """Return where it finds LocalStack."""
        return LOOPBACK

    def get_runtime_endpoint(self) -> str:
        """Return nothing: it doesn't ask over HTTP for what it is to do."""
        return ""

    def get_logs(self) -> str:
        """Return what hasn't been told with an invocation yet."""
        return "".join(init.printed for init in self._inits)

    def _run(self, payload: dict[str, str], began: float, timeout: int) -> Run:
        """Give an event to the process, or to a new one where the last one was given up."""
        request_id = payload["invoke-id"]
        deadline = began + timeout
        warm = self._warm_process()
        process = warm or self._wake(request_id, "invoke", began, timeout)
        if isinstance(process, Outcome):
            return Run(process)
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
            return Run(timed_out(request_id, timeout, _now()), self._give_up())
        except LeftError as error:
            return Run(left(request_id, error.status), self._give_up())
        self._memory_used = max(self._memory_used, process.memory())
        outcome = (answered if message.kind == "answer" else failed)(message.body)
        return Run(outcome, process.printed(), message.seconds if warm else None)

    def _warm_process(self) -> FunctionProcess | None:
        """Return the process unless it ended between two invocations, which is no invocation's failure."""
        if self._process and self._process.has_ended():
            self._give_up()
        return self._process

    def _wake(self, request_id: str, phase: str, began: float, within: float) -> FunctionProcess | Outcome:
        """Start a process and wait until it is ready, or else return why it isn't."""
        at, failure = datetime.now(UTC), None
        process = self._process = FunctionProcess(_interpreter(), self._environment)
        if self._stopped:
            process.kill()
        try:
            message = process.receive(began + within)
            failure = failed(message.body) if message.kind == "error" else None
        except TimeoutError:
            failure = timed_out(request_id, int(within), _now())
        except LeftError as error:
            failure = left(request_id, error.status)
        self._memory_used = max(self._memory_used, process.memory())
        printed = self._give_up() if failure else process.printed()
        self._inits.append(
            Init(
                kind=self._environment["AWS_LAMBDA_INITIALIZATION_TYPE"],
                began=at,
                seconds=time.monotonic() - began,
                printed=printed,
                phase=phase,
                failure=failure,
            )
        )
        return failure or process

    def _give_up(self) -> str:
        """End the process if there is one, and return what it printed last."""
        process, self._process = self._process, None
        if process is None:
            return ""
        self._memory_used = max(self._memory_used, process.memory())
        return process.end()

    def _told(self, invocation: Invocation) -> str:
        """Return the log of an invocation, and of the starts that it was the first to follow."""
        inits, self._inits, self._billed_init = self._inits, [], None
        config = self.function_version.config.logging_config
        if config.get("LogFormat") == "JSON":
            return as_json(inits, invocation, str(config.get("SystemLogLevel", "INFO")))
        return as_text(inits, invocation)


class ProcessExecutorPlugin(RuntimeExecutorPlugin):
    """Chosen with LAMBDA_RUNTIME_EXECUTOR=process."""

    name = "process"

    def load(self) -> type[ProcessExecutor]:  # pyright: ignore[reportIncompatibleMethodOverride] - plux types it as None
        """Return the class of execution environments."""
        _install()
        return ProcessExecutor


@cache
def _install() -> None:
    # LocalStack uses the default log group for all.
    ExecutionEnvironment.get_log_group_name = _log_group
    # It also stops functions among the last things that it does.
    SHUTDOWN_HANDLERS.register(_stop_all)


def _stop_all() -> None:
    for executor in list(_started):
        executor.stop()


def _log_group(self: ExecutionEnvironment) -> str:
    """Return the log group that the function is configured to use."""
    version = self.function_version
    configured = version.config.logging_config.get("LogGroup")
    return configured or f"/aws/lambda/{version.id.function_name}"


def _interpreter() -> Path:
    return Path(os.environ.get(PYTHON) or sys.executable)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
