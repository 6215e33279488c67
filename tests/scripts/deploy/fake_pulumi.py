"""Stands where the Pulumi CLI would: answers what the Automation API asks of it, and deploys nothing.

It writes down what it was asked, and takes from its environment what to pretend. What the real CLI does with
a program, a provider and a state is not shown by it.
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


def note(*words: str) -> None:
    with Path(os.environ["FAKE_PULUMI_LOG"]).open("a", encoding="utf-8") as log:
        log.write(json.dumps(words) + "\n")


def say(text: str, stream: TextIO = sys.stdout) -> None:
    stream.write(f"{text}\n")
    stream.flush()


def main(words: list[str]) -> int:
    words = [word for word in words if word != "--non-interactive"]
    note(*words)
    if os.environ.get("FAKE_PULUMI_FAILS") == words[0]:
        say("Updating (dev):")
        say("error: the bucket is on strike", sys.stderr)
        return 255
    match words[:2]:
        case ["version"]:
            say(os.environ.get("FAKE_PULUMI_VERSION", "v3.272.0"))
        case ["whoami"]:
            say("somebody")
        case ["stack", "select"] if "FAKE_PULUMI_NO_STACK" in os.environ:
            say("error: no stack named 'dev' found", sys.stderr)
            return 255
        case ["stack", "output"]:
            say(os.environ.get("FAKE_PULUMI_OUTPUTS", "{}"))
        case ["stack", "history"]:
            say(json.dumps([HISTORY]))
        case ["preview", *_]:
            say(" +  aws:s3:Bucket iris-archives create")
            stream(words[words.index("--event-log") + 1])
        case ["up" | "destroy", *_]:
            say(" +  aws:s3:Bucket iris-archives created")
            if "FAKE_PULUMI_SLOW" in os.environ:
                finish_when_interrupted()
        case _:
            pass
    return 0


def stream(address: str) -> None:
    """Send the one event that the Automation API waits for."""
    # All other commands do without, and start in a tenth of the time.
    import grpc  # noqa: PLC0415
    from pulumi.runtime.proto import events_pb2, events_pb2_grpc  # noqa: PLC0415

    event = {"sequence": 0, "timestamp": 0, "summaryEvent": SUMMARY}
    with grpc.insecure_channel(address.removeprefix("tcp://")) as channel:
        stub: Any = events_pb2_grpc.EventsStub(channel)
        stub.StreamEvents(iter([events_pb2.EventRequest(event=json.dumps(event))]))


def finish_when_interrupted() -> None:
    interrupted = threading.Event()
    signal.signal(signal.SIGINT, lambda _number, _frame: interrupted.set())
    note("at work")
    assert interrupted.wait(30)
    # Something that it has asked for is still to be written down.
    threading.Event().wait(0.5)
    note("finished")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
