"""Fake Pulumi CLI, which answers the requests of the Automation API and deploys nothing.

It logs its arguments, and environment variables choose its behaviour. Programs, providers and state are not
simulated.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

HISTORY: dict[str, object] = {
    "kind": "update",
    "startTime": "2026-01-01T00:00:00.000Z",
    "message": "",
    "environment": {},
    "config": {},
    "result": "succeeded",
    "version": 1,
}
SUMMARY = {
    "maybeCorrupt": False,
    "durationSeconds": 1,
    "resourceChanges": {"create": 2, "update": 1},
    "policyPacks": {},
}

STEP: dict[str, Any] = {"type": "aws:s3/bucket:Bucket", "provider": "", "old": None, "new": None}
"""Metadata of a step, besides its operation and its URN."""


def log_call(*words: str) -> None:
    with Path(os.environ["FAKE_PULUMI_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(words) + "\n")


def write_line(text: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def main(words: list[str]) -> int:
    words = [word for word in words if word != "--non-interactive"]
    log_call(*words)
    if os.environ.get("FAKE_PULUMI_FAILS") == words[0]:
        return fail(words)
    match words[:2]:
        case ["version"]:
            write_line(os.environ.get("FAKE_PULUMI_VERSION", "v3.272.0"))
        case ["whoami", *_]:
            login = {
                "user": "ann",
                "url": os.environ.get("FAKE_PULUMI_BACKEND", "https://app.pulumi.com/ann"),
            }
            write_line(json.dumps(login))
        case ["stack", "select"] if "FAKE_PULUMI_NO_STACK" in os.environ:
            write_line("error: no stack named 'dev' found", sys.stderr)
            return 255
        case ["stack", "output" | "export" as shown] | ["config" as shown, *_]:
            write_line(os.environ.get(f"FAKE_PULUMI_{shown.upper()}", "{}"))
        case ["stack", "history"]:
            write_line(json.dumps([HISTORY]))
        case ["preview", *_]:
            write_line(" +  aws:s3:Bucket iris-archives create")
            stream_events(words[words.index("--event-log") + 1])
        case ["up" | "destroy", *_]:
            write_line(" +  aws:s3:Bucket iris-archives created")
            if "FAKE_PULUMI_SLOW" in os.environ:
                finish_when_interrupted()
        case _:
            pass
    return 0


def fail(words: list[str]) -> int:
    if words[0] == "preview":
        stream_events(words[words.index("--event-log") + 1])
    write_line("Updating (dev):")
    for line in os.environ.get("FAKE_PULUMI_ERRORS", "the bucket is on strike").splitlines():
        write_line(f"error: {line}", sys.stderr)
    return 255


def stream_events(address: str) -> None:
    """Send an event for each step, and the summary that the Automation API waits for."""
    # Other commands don't need gRPC, and start in a tenth of the time without it.
    import grpc  # noqa: PLC0415
    from google.protobuf import empty_pb2, wrappers_pb2  # noqa: PLC0415

    steps: list[dict[str, str]] = json.loads(os.environ.get("FAKE_PULUMI_STEPS", "[]"))
    events = [
        *({"resourcePreEvent": {"metadata": STEP | step, "planning": True}} for step in steps),
        {"summaryEvent": SUMMARY},
    ]
    with grpc.insecure_channel(address.removeprefix("tcp://")) as channel:
        # Pulumi's EventRequest has one field, a text; its own class would load all of Pulumi.
        send: Any = channel.stream_unary(
            "/pulumirpc.Events/StreamEvents",
            wrappers_pb2.StringValue.SerializeToString,
            empty_pb2.Empty.FromString,
        )
        numbered = ({"sequence": number, "timestamp": 0, **event} for number, event in enumerate(events))
        send(wrappers_pb2.StringValue(value=json.dumps(event)) for event in numbered)


def finish_when_interrupted() -> None:
    interrupted = threading.Event()
    signal.signal(signal.SIGINT, lambda _number, _frame: interrupted.set())
    log_call("at work")
    assert interrupted.wait(30)
    # A running operation takes a while to end.
    threading.Event().wait(0.5)
    log_call("finished")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
