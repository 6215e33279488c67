"""Lambda's runtime for Python: imports the handler, and calls it for one event after the other.

Started by path: `python bootstrap.py <channel> <lifeline>`, both file descriptors. On the channel a message
is a line of JSON, which says how many bytes of body follow. Ours are "ready", "answer" and "error", with what
the handler gave back or an error document, and the seconds it took; theirs are events, with what Lambda says
about them beside. What the function prints isn't on the channel: it is its log.

Errors are worded and typed as in https://github.com/aws/aws-lambda-python-runtime-interface-client, which is
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

SIGKILL = 9  # its name is in signal, which takes long to import

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"


class FunctionError(Exception):
    """Something that is wrong with the function, in the runtime's words rather than Python's."""

    def __init__(self, kind: str, message: str, trace: list[str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.trace = trace or []


class Context:
    """What a handler gets as its second argument."""

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
        """How long the handler may still take."""
        return max(0, self._deadline - int(time.time() * 1000))


class Channel:
    """The conversation with LocalStack."""

    def __init__(self, descriptor: int) -> None:
        # Left open to the very end: the other side takes its end for the process's.
        self._reader: BinaryIO = open(descriptor, "rb", closefd=False)  # noqa: SIM115 - for good
        self._writer: BinaryIO = open(descriptor, "wb", closefd=False)  # noqa: SIM115 - for good
        self._asked = time.perf_counter()

    def receive(self) -> tuple[Document, bytes]:
        """Wait for the next event."""
        head = json.loads(self._reader.readline() or "null")
        if head is None:
            os._exit(0)  # LocalStack has ended
        event = self._reader.read(head["size"])
        self._asked = time.perf_counter()
        return head, event

    def send(self, kind: str, body: bytes = b"") -> None:
        """Send a message."""
        head = {"kind": kind, "size": len(body), "seconds": time.perf_counter() - self._asked}
        self._writer.write(json.dumps(head).encode() + b"\n" + body)
        self._writer.flush()


class LoggingSetUp:
    """Sets logging up as Lambda does, once somebody imports it: that takes as long as all else here."""

    def __init__(self) -> None:
        self.request_id = ""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Find the module for whoever imports it, and see to it when it is there."""
        del path, target
        if name != "logging":
            return None
        sys.meta_path.remove(self)
        found = PathFinder.find_spec(name)
        if found is not None and found.loader is not None:
            load = found.loader.exec_module

            def load_and_set_up(module: ModuleType) -> None:
                load(module)
                self._set_up()

            found.loader.exec_module = load_and_set_up
        return found

    def _set_up(self) -> None:
        ours = os.path.dirname(__file__)  # noqa: PTH120 - pathlib takes long to import
        sys.path.insert(0, ours)
        try:
            set_up: Callable[[Callable[[], str]], None] = import_module("function_logging").set_up
        finally:
            sys.path.remove(ours)
        set_up(lambda: self.request_id)


def main() -> None:
    """Serve until LocalStack ends, or ends us."""
    channel, lifeline = int(sys.argv[1]), int(sys.argv[2])
    for descriptor in (channel, lifeline):
        os.set_inheritable(descriptor, False)  # noqa: FBT003 - it is called so
        # A copy of this process must not keep the conversation open when this one is gone.
        os.register_at_fork(after_in_child=partial(os.close, descriptor))
    _thread.start_new_thread(_end_with_localstack, (lifeline,))
    sys.argv[1:] = []
    sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
    logs = LoggingSetUp()
    sys.meta_path.insert(0, logs)  # pyright: ignore[reportArgumentType] - it is a finder in all but name
    _serve(Channel(channel), logs)


def _end_with_localstack(lifeline: int) -> None:
    """End all processes of the function if LocalStack cannot do it any more, however busy the handler is."""
    os.read(lifeline, 1)
    os.kill(0, SIGKILL)


def _serve(channel: Channel, logs: LoggingSetUp) -> None:
    try:
        handler = _find(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - whatever a module raises when imported
        channel.send("error", _report(error, ""))
        sys.exit(1)
    channel.send("ready")
    while True:
        head, event = channel.receive()
        logs.request_id = head["requestId"]
        os.environ["_X_AMZN_TRACE_ID"] = head["traceId"]
        try:
            answer = _as_json(handler(_parse(event), Context(head)))
        except Exception as error:  # noqa: BLE001 - whatever a handler raises
            channel.send("error", _report(error, head["requestId"]))
        else:
            channel.send("answer", answer)


def _find(name: str) -> Handler:
    """Import what _HANDLER names: `package.module.function`, or with slashes before the module."""
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


def _parse(event: bytes) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(event)
    except ValueError as error:
        raise FunctionError("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def _as_json(answer: Any) -> bytes:  # noqa: ANN401 - whatever a handler returns
    if isinstance(answer, bytes):
        return answer
    try:
        return json.dumps(answer, ensure_ascii=False).encode()
    except Exception as error:
        raise FunctionError("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


def _report(error: Exception, request_id: str) -> bytes:
    """Print an error to the log and return its document."""
    kind, trace = (error.kind, error.trace) if isinstance(error, FunctionError) else _described(error)
    document = {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": trace}
    if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = json.dumps({"timestamp": stamp, "level": "ERROR", **document}, ensure_ascii=False)
    else:
        told = f"[ERROR] {kind}: {error}" if str(error) else f"[ERROR] {kind}"
        lines = [*told.splitlines(), "Traceback (most recent call last):", *"".join(trace).splitlines()]
        # Joined so that the log keeps them together, and shows the indentation.
        line = "\r".join(
            NO_BREAK_SPACE * (len(each) - len(each.lstrip(" "))) + each.lstrip(" ") for each in lines
        )
    # One write, whatever other threads print meanwhile.
    sys.stdout.write(line.encode(errors="replace").decode() + "\n")
    return json.dumps(document).encode()


def _described(error: Exception) -> tuple[str, list[str]]:
    """Return the type of an error, and where it came from: below us."""
    import traceback  # noqa: PLC0415 - takes long, and most functions raise nothing

    below: TracebackType | None = error.__traceback__
    while below is not None and below.tb_frame.f_code.co_filename == __file__:
        below = below.tb_next
    return type(error).__name__, traceback.format_list(traceback.extract_tb(below))


if __name__ == "__main__":
    main()
