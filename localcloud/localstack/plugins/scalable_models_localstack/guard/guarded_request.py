"""Twisted request that is refused before its body is stored, if its head suffices for that."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, cast

from rolo.serving.twisted import TwistedRequestAdapter

from scalable_models_localstack.guard.body_limit import body_limit, body_too_large
from scalable_models_localstack.guard.refusal_body import write_refusal
from scalable_models_localstack.guard.request_head import RequestHead
from scalable_models_localstack.guard.verdict import Refusal

if TYPE_CHECKING:
    from scalable_models_localstack.guard.key import Key

MAXIMUM_DISCARDED: Final = 64 * 2**20
"""Maximum bytes of a refused body that are received and discarded. Many clients read a response only after
they have sent their request, and report a connection that is closed earlier as broken."""


class GuardedRequest(TwistedRequestAdapter):
    """Request with a limited body. The body of a refused request is discarded."""

    def __init__(self, key: Key, *arguments: object) -> None:
        """Create a request, which is not received yet.

        Args:
            key: key of this local cloud.
            arguments: Twisted's own.
        """
        cast("Any", super()).__init__(*arguments)
        self._twisted = cast("Any", self)
        self._key = key
        self._limit = 0
        self._received = 0
        self._body = BytesIO()
        self._is_answered = False
        self.head: RequestHead = RequestHead("", "", ())
        self.refusal: Refusal | None = None

    def gotLength(self, length: int | None) -> None:  # noqa: N802 - Twisted's name
        """Refuse the request or prepare for its body; called when the head is received."""
        self.head = self._read_head()
        port = self._twisted.getHost().port
        verdict = body_limit(self.head, port=port, key=self._key, now=datetime.now(UTC))
        if isinstance(verdict, Refusal):
            self.refusal = verdict
        else:
            self._limit = verdict
            if length is not None and length > verdict:
                self.refusal = body_too_large(verdict)
        # Twisted stores short bodies in memory, and those of unknown length in a file.
        cast("Any", super()).gotLength(0 if self.refusal else length)
        expected = self._twisted.requestHeaders.getRawHeaders(b"expect")
        if self.refusal and expected:
            # Twisted would answer 100 (Continue), and the client would send the body.
            self._twisted.requestHeaders.removeHeader(b"expect")
            self._answer_and_close(self.refusal)

    def handleContentChunk(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Store a part of the body, or discard it."""
        self._received += len(data)
        if self.refusal is None and self._received > self._limit:
            self.refusal = body_too_large(self._limit)
            self._twisted.content.close()
            self._twisted.content = BytesIO()
        if self.refusal is None:
            cast("Any", super()).handleContentChunk(data)
        elif self._received > MAXIMUM_DISCARDED:
            self._answer_and_close(self.refusal)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:  # noqa: N802 - Twisted's name
        """Process the request without Twisted's own parsing of forms, which takes many times their size."""
        self._body, self._twisted.content = self._twisted.content, BytesIO()
        cast("Any", super()).requestReceived(command, path, version)

    def process(self) -> None:
        """Process the request with its body."""
        self._body.seek(0)
        self._twisted.content = self._body
        if not self._is_answered:
            cast("Any", super()).process()

    def _read_head(self) -> RequestHead:
        channel = self._twisted.channel
        return RequestHead(
            # Twisted sets the method and the target of a request only after its body.
            channel._command.decode("latin-1"),  # noqa: SLF001
            channel._path.decode("latin-1"),  # noqa: SLF001
            tuple(
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, values in self._twisted.requestHeaders.getAllRawHeaders()
                for value in values
            ),
        )

    def _answer_and_close(self, refusal: Refusal) -> None:
        """Send the refusal during the request, and close the connection."""
        if self._is_answered:
            return
        self._is_answered = True
        headers, body = write_refusal(refusal, self.head)
        fields = {**headers, "Content-Length": str(len(body)), "Connection": "close"}
        lines = [f"HTTP/1.1 {refusal.status.value} {refusal.status.phrase}"]
        lines += [f"{name}: {value}" for name, value in fields.items()]
        self._twisted.channel.transport.write("\r\n".join([*lines, "", ""]).encode() + body)
        self._twisted.channel.loseConnection()
