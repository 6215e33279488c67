"""Lambda's runtime for Python: imports the handler and calls it for each event.

Started by path: `python bootstrap.py <channel> <lifeline>`, both file descriptors. A message on the channel
is a line of JSON with the size of the body that follows. The runtime sends "ready", "answer" and "error",
with the handler's result or an error document, and the duration in seconds. It receives events with Lambda's
metadata. The function's output is not sent on the channel: it is its log.

Types and messages of errors are those of https://github.com/aws/aws-lambda-python-runtime-interface-client,
the runtime on AWS.
"""

from __future__ import annotations

import _thread
import json
import os
import sys
import time
from functools import partial
from importlib import import_module
from importlib.machinery import PathFinder

TYPE_CHECKING = False  # typing would make each cold start longer by a third
if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType, TracebackType
    from typing import Any, BinaryIO, TypeAlias

    Handler: TypeAlias = Callable[[Any, "Context"], Any]
    Document: TypeAlias = dict[str, Any]

SIGKILL = 9  # its name is in `signal`, which is slow to import

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class FunctionError(Exception):
    """Error of the function with the runtime's type and message instead of Python's."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


class Context:
    """Second argument of a handler."""

    def __init__(self, head: Document) -> None:
        self.aws_request_id: str = head["requestId"]
        self.invoked_function_arn: str = head["functionArn"]
        self.function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.client_context = None
        self.identity = None
        self._deadline: int = head["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function's timeout."""
        return max(0, self._deadline - int(time.time() * 1000))


class Channel:
    """Socket to LocalStack."""

    def __init__(self, descriptor: int) -> None:
        # Open until the process exits: LocalStack interprets a closed channel as an exit.
        self._reader: BinaryIO = open(descriptor, "rb", closefd=False)  # noqa: SIM115 - never closed
        self._writer: BinaryIO = open(descriptor, "wb", closefd=False)  # noqa: SIM115 - never closed
        self._received = time.perf_counter()

    def receive(self) -> tuple[Document, bytes]:
        """Wait for the next event."""
        head = json.loads(self._reader.readline() or "null")
        if head is None:
            os._exit(0)  # LocalStack has ended
        event = self._reader.read(head["size"])
        self._received = time.perf_counter()
        return head, event

    def send(self, kind: str, body: bytes = b"") -> None:
        """Send a message."""
        head = {"kind": kind, "size": len(body), "seconds": time.perf_counter() - self._received}
        self._writer.write(json.dumps(head).encode() + b"\n" + body)
        self._writer.flush()


class LoggingImportHook:
    """Import hook that configures `logging` as Lambda does at its first import, which is slow."""

    def __init__(self) -> None:
        self.request_id = ""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the module `logging`, and configure it after its import."""
        del path, target
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        found = PathFinder.find_spec(name)
        if found is not None and found.loader is not None:
            load = found.loader.exec_module

            def load_and_configure(module: ModuleType) -> None:
                load(module)
                self._configure()

            found.loader.exec_module = load_and_configure
        return found

    def _configure(self) -> None:
        ours = os.path.dirname(__file__)  # noqa: PTH120 - pathlib is slow to import
        sys.path.insert(0, ours)
        try:
            configure_logging: Callable[[Callable[[], str]], None] = import_module(
                "function_logging"
            ).configure_logging
        finally:
            sys.path.remove(ours)
        configure_logging(lambda: self.request_id)


def main() -> None:
    """Process events until LocalStack exits or kills this process."""
    channel, lifeline = int(sys.argv[1]), int(sys.argv[2])
    for descriptor in (channel, lifeline):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - positional-only
        # A fork of this process must not keep the channel open after this process exits.
        os.register_at_fork(after_in_child=partial(os.close, descriptor))
    _thread.start_new_thread(_end_with_localstack, (lifeline,))
    sys.argv[1:] = []
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    logs = LoggingImportHook()
    sys.meta_path.insert(0, logs)  # pyright: ignore[reportArgumentType] - a finder without the base class
    _serve(Channel(channel), logs)


def _end_with_localstack(lifeline: int) -> None:
    """Kill all processes of the function when LocalStack exits, even if the handler is busy."""
    os.read(lifeline, 1)
    os.kill(0, SIGKILL)


def _serve(channel: Channel, logs: LoggingImportHook) -> None:
    try:
        handler = _import_handler(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - a module can raise any exception
        channel.send("error", _report_error(error, ""))
        sys.exit(1)
    channel.send("ready")
    while True:
        head, event = channel.receive()
        logs.request_id = head["requestId"]
        os.environ["_X_AMZN_TRACE_ID"] = head["traceId"]
        try:
            answer = serialize(handler(parse_event(event), Context(head)))
        except Exception as error:  # noqa: BLE001 - a handler can raise any exception
            channel.send("error", _report_error(error, head["requestId"]))
        else:
            channel.send("answer", answer)


def _import_handler(name: str) -> Handler:
    """Import the handler that _HANDLER names: `package.module.function` or `package/module.function`."""
    path, _, function = name.rpartition(".")
    if not path:
        raise FunctionError(
            "Runtime.MalformedHandlerName",
            f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)",
        )
    try:
        module = import_module(path.replace("/", "."))
    except ImportError as error:
        raise FunctionError(
            "Runtime.ImportModuleError", f"Unable to import module '{path}': {error}"
        ) from error
    except SyntaxError as error:
        raise FunctionError(
            "Runtime.UserCodeSyntaxError",
            f"Syntax error in module '{path}': {error}",
            [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'],
        ) from error
    try:
        return getattr(module, function)
    except AttributeError as error:
        raise FunctionError(
            "Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{path}'"
        ) from error


def parse_event(event: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Parse an event.

    Raises:
        FunctionError: it is no JSON.
    """
    try:
        return json.loads(event)
    except ValueError as error:
        raise FunctionError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def serialize(answer: Any) -> bytes:  # noqa: ANN401 - a handler can return any value
    """Return the body of a handler's result: JSON, or bytes as they are.

    Raises:
        FunctionError: it can't be JSON.
    """
    if isinstance(answer, bytes):
        return answer
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except Exception as error:
        raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _report_error(error: Exception, request_id: str) -> bytes:
    """Print an error to the log and return its document."""
    kind, trace = (error.kind, error.trace) if isinstance(error, FunctionError) else _type_and_trace(error)
    document = {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"timestamp": stamp, "level": "ERROR", **document}, ensure_ascii=False)
    else:
        summary = f"[ERROR] {kind}: {error}" if str(error) else f"[ERROR] {kind}"
        lines = [*summary.splitlines(), "Traceback (most recent call last):", *"".join(trace).splitlines()]
        # Joined into one log event that keeps the indentation.
        line = "\r".join(
            NO_BREAK_SPACE * (len(each) - len(each.lstrip(" "))) + each.lstrip(" ") for each in lines
        )
    # One write, so that output of other threads cannot interrupt it.
    sys.stdout.write(line.encode(errors="replace").decode() + "\n")
    return json.dumps(document).encode()


def _type_and_trace(error: Exception) -> tuple[str, list[str]]:
    """Return the type of an error and its stack trace without the runtime's frames."""
    import traceback  # noqa: PLC0415 - slow, and rarely needed

    below: TracebackType | None = error.__traceback__
    while below is not None and below.tb_frame.f_code.co_filename == __file__:
        below = below.tb_next
    return type(error).__name__, traceback.format_list(traceback.extract_tb(below))


if __name__ == "__main__":
    main()
