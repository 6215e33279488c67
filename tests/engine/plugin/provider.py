"""Stand-in for the AWS plugin under Pulumi's real engine: it keeps resources in a file and creates nothing.

Run as `python -m tests.engine.plugin.provider`, with that file in FAKE_AWS_ACCOUNT; it prints its port, as
every plugin does. Pulumi takes an executable `pulumi-resource-aws` on the PATH for the plugin.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent import futures
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from typing_extensions import override

from tests.engine.plugin.account import (
    VERSIONED,
    Account,
    StoredResource,
    is_another_version,
    planned,
)
from tests.engine.plugin.account_rules import RefusedError
from tests.engine.plugin.aws_rules import violations
from tests.engine.plugin.input_schema import schema_violations
from tests.engine.plugin.lookups import look_up
from tests.engine.plugin.provider_traits import REPLACING, RETAINED
from tests.engine.plugin.wire import UNKNOWN, Properties, decode, encode, is_known

if TYPE_CHECKING:
    from collections.abc import Callable

    Context = Any
    """gRPC's context of a call; grpcio comes without types."""

ACCOUNT_FILE: Final = "FAKE_AWS_ACCOUNT"

DIES_AT: Final = "FAKE_AWS_DIES_AT"
"""Logical name of the resource at whose creation, update or deletion the plugin ends, as if killed."""

LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes of a message (pulumi, sdk/go/common/util/rpcutil: `maxRPCMessageSize`)."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The protocol `pulumirpc.ResourceProvider`, as far as the engine asks for it."""

    def __init__(
        self, account: Account, answer: Callable[[str, Properties], Properties] | None = None
    ) -> None:
        """Serve an account.

        Args:
            account: Its resources.
            answer: Answers of its data sources; by default from the file of the account.
        """
        self._account = account
        self._answer = answer or partial(look_up, account)
        self.refused: set[str] = set()
        """Logical names of resources whose next creation, reading or update is refused, once each."""
        self.configuration: Properties = {}
        """Configuration of the provider that the engine has read from the stack's file."""
        self.before_answer: Callable[[str], None] = lambda _name: None
        """Called with the logical name of a created resource, before the engine hears of it."""

    @override
    def Handshake(self, request: provider_pb2.ProviderHandshakeRequest, context: Context) -> Any:
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True
        )

    @override
    def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Context) -> Any:
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": "aws", "version": version("pulumi-aws")})
        )

    @override
    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> Any:
        return plugin_pb2.PluginInfo(version=version("pulumi-aws"))

    @override
    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> Any:
        return empty_pb2.Empty()

    @override
    def Cancel(self, request: empty_pb2.Empty, context: Context) -> Any:
        return empty_pb2.Empty()

    @override
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Context) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    @override
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Context) -> Any:
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @override
    def Configure(self, request: provider_pb2.ConfigureRequest, context: Context) -> Any:
        self.configuration = decode(request.args)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    @override
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> Any:
        kind, inputs = _type(request.urn), decode(request.news)
        found = [*schema_violations(kind, inputs), *violations(kind, inputs)]
        failures = [provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in found]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @override
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> Any:
        kind, old = _type(request.urn), decode(request.old_inputs)
        new = _retained(kind, old, decode(request.news))
        ignored = {path.partition(".")[0].partition("[")[0] for path in request.ignoreChanges}
        changed = sorted(key for key in {*old, *new} - ignored if old.get(key) != new.get(key))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        replacing = REPLACING.get(kind, frozenset[str]())
        return provider_pb2.DiffResponse(
            changes=some, diffs=changed, replaces=[key for key in changed if key in replacing]
        )

    @override
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> Any:
        inputs = decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode({**planned(), **inputs}))
        resource = _resource(request.urn, inputs, context)
        _die_at(resource.name)
        self._refuse_once(resource.name, context)
        try:
            identifier, outputs = self._account.create(resource)
        except RefusedError as error:
            _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))
        self.before_answer(resource.name)
        return provider_pb2.CreateResponse(id=identifier, properties=encode(outputs))

    @override
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> Any:
        self._refuse_once(_name(request.urn), context)
        found = self._account.read(request.id)
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=encode({**found.outputs, **found.inputs}),
            inputs=encode(found.inputs),
        )

    @override
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> Any:
        kind, old = _type(request.urn), decode(request.old_inputs)
        inputs = _retained(kind, old, decode(request.news))
        if request.preview:
            outputs = {**decode(request.olds), **inputs}
            if is_another_version(kind, old, inputs):
                outputs[VERSIONED[kind]] = UNKNOWN
            return provider_pb2.UpdateResponse(properties=encode(outputs))
        resource = _resource(request.urn, inputs, context)
        _die_at(resource.name)
        self._refuse_once(resource.name, context)
        try:
            outputs = self._account.update(request.id, resource)
        except RefusedError as error:
            _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    @override
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Any:
        _die_at(_name(request.urn))
        try:
            self._account.delete(request.id)
        except RefusedError as error:
            _abort(context, grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return empty_pb2.Empty()

    @override
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> Any:
        try:
            answer = self._answer(request.tok, decode(request.args))
        except KeyError as error:
            _abort(context, grpc.StatusCode.NOT_FOUND, f"there is no answer to {request.tok} here: {error}")
        # The field is called `return`, which Python keeps for itself.
        answered: dict[str, Any] = {"return": encode(answer)}
        return provider_pb2.InvokeResponse(**answered)

    def _refuse_once(self, name: str, context: Context) -> None:
        if name in self.refused:
            self.refused.discard(name)
            _abort(context, grpc.StatusCode.UNAVAILABLE, f"{name}: ServiceUnavailable")


def _die_at(name: str) -> None:
    if name == os.environ.get(DIES_AT):
        os._exit(137)


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _retained(kind: str, old: Properties, new: Properties) -> Properties:
    """Return new inputs, with the old values of those that stay when they are left out."""
    given = {key: value for key, value in new.items() if value is not None}
    staying = {key: value for key, value in old.items() if key in RETAINED.get(kind, ())}
    return {**staying, **given}


def _resource(urn: str, inputs: Properties, context: Context) -> StoredResource:
    if not is_known(inputs):
        _abort(context, grpc.StatusCode.INVALID_ARGUMENT, f"{urn} has inputs that are not known")
    return StoredResource(type=_type(urn), name=_name(urn), inputs=inputs)


def _abort(context: Context, code: grpc.StatusCode, says: str) -> NoReturn:
    context.abort(code, says)
    raise AssertionError(says)  # abort raises by itself


def serve(provider: Provider) -> tuple[grpc.Server, int]:
    """Serve the protocol on a free port of the loopback interface."""
    server = grpc.server(
        futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def run_plugin(provider: Provider) -> None:
    """Serve until the engine ends this process; print the port."""
    server, port = serve(provider)
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    run_plugin(Provider(Account(Path(os.environ[ACCOUNT_FILE]))))
