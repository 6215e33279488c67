"""Web server of LocalStack that listens only on the configured address and authenticates requests.

LocalStack's own server ignores the host of GATEWAY_LISTEN for IPv4 and opens the port to the whole network.
It also accepts TLS on the same port, which a loopback address does not need.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from localstack.aws.handlers import content_decoder, run_custom_response_handlers
from localstack.runtime.server.core import RuntimeServerPlugin
from localstack.runtime.server.twisted import TwistedRuntimeServer
from rolo.serving.twisted import GatewayResource, TwistedGateway
from twisted.internet import reactor

from scalable_models_localstack.content_decoder import LimitedContentDecoder
from scalable_models_localstack.guard.guarded_request import GuardedRequest
from scalable_models_localstack.guard.key import KEY_FILE, read_key
from scalable_models_localstack.guard.public_gateway import create_public_gateway
from scalable_models_localstack.guard.resource import GuardedResource
from scalable_models_localstack.services.change_marks import mark_change, mark_change_by_request

if TYPE_CHECKING:
    from localstack.config import HostAndPort
    from rolo.gateway import Gateway
    from twisted.internet.posixbase import PosixReactorBase

    from scalable_models_localstack.guard.key import Key


class LoopbackServer(TwistedRuntimeServer):
    """LocalStack's server with a bound address, authentication and a fast shutdown."""

    def __init__(self, key: Key) -> None:
        """Create a server for requests that are signed with `key`."""
        super().__init__()
        self._key = key

    def register(
        self,
        gateway: Gateway,
        listen: list[HostAndPort],
        ssl_creds: tuple[str, str] | None = None,
    ) -> None:
        """Serve the gateway on each IPv4 address in `listen`; ignore the TLS credentials."""
        del ssl_creds
        site = cast("Any", TwistedGateway(gateway))
        threads = cast("Any", reactor).getThreadPool()
        public = GatewayResource(create_public_gateway(gateway), reactor, threads)
        site.resource = GuardedResource(site.resource, public, self._key)
        decoders = cast("list[Any]", gateway.request_handlers)
        decoders[decoders.index(content_decoder)] = LimitedContentDecoder()
        # Its requests to itself pass the same handlers.
        cast("Any", run_custom_response_handlers).append(mark_change_by_request)
        mark_change()
        site.requestFactory = partial(GuardedRequest, self._key)
        for address in listen:
            _reactor().listenTCP(address.port, site, interface=address.host)  # pyright: ignore[reportUnknownMemberType] - Twisted is partly untyped

    def shutdown(self) -> None:
        """Stop and wake the main thread, which would otherwise notice up to a second later."""
        super().shutdown()
        _reactor().wakeUp()


def _reactor() -> PosixReactorBase:
    """Return Twisted's reactor, which replaces the module of that name at run time."""
    return cast("PosixReactorBase", reactor)


class LoopbackServerPlugin(RuntimeServerPlugin):
    """Plugin that GATEWAY_SERVER=loopback selects."""

    name = "loopback"

    def load(self) -> LoopbackServer:
        """Create the server."""
        return LoopbackServer(read_key(Path(os.environ[KEY_FILE])))
