"""Stand-in for the AWS plugin under Pulumi's real engine: it keeps resources in a file and creates nothing.

Run as `python -m tests.engine.provider`, with that file in FAKE_AWS_ACCOUNT; it prints its port, as every
plugin does. Pulumi takes an executable `pulumi-resource-aws` on the PATH for the plugin.
"""

from __future__ import annotations

import json
import os
import sys
from concurrent import futures
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from typing_extensions import override

from tests.engine.account import Account, ConflictError, StoredResource, look_up, planned
from tests.engine.aws_rules import violations
from tests.engine.wire import Properties, decode, encode, is_known

if TYPE_CHECKING:
    from collections.abc import Mapping

    Context = Any
    """gRPC's context of a call; grpcio comes without types."""

ACCOUNT_FILE: Final = "FAKE_AWS_ACCOUNT"

REPLACING: Final[Mapping[str, frozenset[str]]] = {
    "aws:autoscaling/group:Group": frozenset({"initialLifecycleHooks", "name"}),
    "aws:ec2/subnet:Subnet": frozenset({"availabilityZone", "cidrBlock", "vpcId"}),
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock"}),
    "aws:lambda/function:Function": frozenset({"architectures", "name"}),
    "aws:lb/loadBalancer:LoadBalancer": frozenset({"internal", "name"}),
    "aws:lb/targetGroup:TargetGroup": frozenset({"name", "port", "protocol", "vpcId"}),
    "aws:s3/bucket:Bucket": frozenset({"bucket"}),
}
"""Inputs that the AWS plugin replaces a resource for ("Changing this forces a new resource")."""

LARGEST_MESSAGE: Final = 400 * 1024 * 1024
"""Bytes of a message (pulumi, sdk/go/common/util/rpcutil: `maxRPCMessageSize`)."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The protocol `pulumirpc.ResourceProvider`, as far as the engine asks for it."""

    def __init__(self, account: Account) -> None:
        self._account = account

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
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    @override
    def Check(self, request: provider_pb2.CheckRequest, context: Context) -> Any:
        found = violations(_type(request.urn), decode(request.news))
        failures = [provider_pb2.CheckFailure(property=one.property, reason=one.reason) for one in found]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @override
    def Diff(self, request: provider_pb2.DiffRequest, context: Context) -> Any:
        old, new = decode(request.old_inputs), decode(request.news)
        ignored = {path.partition(".")[0].partition("[")[0] for path in request.ignoreChanges}
        changed = sorted(key for key in {*old, *new} - ignored if old.get(key) != new.get(key))
        some = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        replacing = REPLACING.get(_type(request.urn), frozenset[str]())
        return provider_pb2.DiffResponse(
            changes=some, diffs=changed, replaces=[key for key in changed if key in replacing]
        )

    @override
    def Create(self, request: provider_pb2.CreateRequest, context: Context) -> Any:
        inputs = decode(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=encode({**planned(), **inputs}))
        resource = _resource(request.urn, inputs, context)
        try:
            identifier, outputs = self._account.create(resource)
        except ConflictError as error:
            _abort(context, grpc.StatusCode.ALREADY_EXISTS, str(error))
        return provider_pb2.CreateResponse(id=identifier, properties=encode(outputs))

    @override
    def Read(self, request: provider_pb2.ReadRequest, context: Context) -> Any:
        if request.id not in self._account.resources():
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @override
    def Update(self, request: provider_pb2.UpdateRequest, context: Context) -> Any:
        inputs = decode(request.news)
        if not request.preview:
            resource = _resource(request.urn, inputs, context)
            try:
                self._account.update(request.id, resource)
            except ConflictError as error:
                _abort(context, grpc.StatusCode.ALREADY_EXISTS, str(error))
        return provider_pb2.UpdateResponse(properties=encode({**decode(request.olds), **inputs}))

    @override
    def Delete(self, request: provider_pb2.DeleteRequest, context: Context) -> Any:
        self._account.delete(request.id)
        return empty_pb2.Empty()

    @override
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Context) -> Any:
        try:
            answer = look_up(request.tok, decode(request.args))
        except KeyError:
            _abort(context, grpc.StatusCode.NOT_FOUND, f"there is no answer to {request.tok} here")
        # The field is called `return`, which Python keeps for itself.
        answered: dict[str, Any] = {"return": encode(answer)}
        return provider_pb2.InvokeResponse(**answered)


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _resource(urn: str, inputs: Properties, context: Context) -> StoredResource:
    if not is_known(inputs):
        _abort(context, grpc.StatusCode.INVALID_ARGUMENT, f"{urn} has inputs that are not known")
    return StoredResource(type=_type(urn), name=urn.split("::", 3)[3], inputs=inputs)


def _abort(context: Context, code: grpc.StatusCode, says: str) -> NoReturn:
    context.abort(code, says)
    raise AssertionError(says)  # abort raises by itself


def main() -> None:
    server = grpc.server(
        futures.ThreadPoolExecutor(8), options=[("grpc.max_receive_message_length", LARGEST_MESSAGE)]
    )
    provider = Provider(Account(Path(os.environ[ACCOUNT_FILE])))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    main()
