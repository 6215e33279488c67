"""Twisted resource in LocalStack's web server that authorizes every request, including WebSockets."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

from twisted.web.resource import Resource

from scalable_models_localstack.guard.policy import authorize
from scalable_models_localstack.guard.refusal_body import write_refusal
from scalable_models_localstack.guard.verdict import AccessLevel, Refusal

if TYPE_CHECKING:
    from rolo.serving.twisted import GatewayResource

    from scalable_models_localstack.guard.guarded_request import GuardedRequest
    from scalable_models_localstack.guard.key import Key

CHUNK: Final = 2**20
"""Bytes of a body per update of its hash."""


class GuardedResource(Resource):
    """Resource that forwards authorized requests to LocalStack."""

    isLeaf = True  # noqa: N815 - Twisted's name: there are no child resources

    def __init__(self, control_plane: GatewayResource, public: GatewayResource, key: Key) -> None:
        """Create a guard for two resources.

        Args:
            control_plane: resource for requests that are signed with the key.
            public: resource for requests to deployed stages.
            key: key of this local cloud.
        """
        super().__init__()
        self._control_plane = control_plane
        self._public = public
        self._key = key

    def render(self, request: GuardedRequest) -> Any:  # noqa: ANN401 - bytes or Twisted's NOT_DONE_YET
        """Refuse a request or forward it."""
        verdict = request.refusal or authorize(
            request.head,
            lambda: _hash_body(request),
            port=cast("Any", request).getHost().port,
            key=self._key,
            now=datetime.now(UTC),
        )
        match verdict:
            case AccessLevel.CONTROL_PLANE:
                return cast("Any", self._control_plane).render(request)
            case AccessLevel.PUBLIC:
                return cast("Any", self._public).render(request)
            case Refusal():
                headers, body = write_refusal(verdict, request.head)
                response = cast("Any", request)
                response.setResponseCode(verdict.status.value)
                for name, value in headers.items():
                    response.setHeader(name, value)
                return body


def _hash_body(request: GuardedRequest) -> str:
    """Return the hash of the body, which Twisted has received completely, and rewind it."""
    content = cast("Any", request).content
    digest = hashlib.sha256()
    while chunk := content.read(CHUNK):
        digest.update(chunk)
    content.seek(0)
    return digest.hexdigest()
