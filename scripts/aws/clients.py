"""Clients of the AWS API: in one region, or with the region and the credentials of a Pulumi stack."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, cast

from localcloud.provisioning.pulumi_project import StackConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import botocore.loaders
    import botocore.session
    from boto3.session import Session
    from botocore.client import BaseClient
    from botocore.config import Config

    from localcloud.aws.client_factory import ClientFactory

ENCRYPTED: Final = "secure"
"""Key in a stack's file of a value that only Pulumi can decrypt."""

FILES: Final[Mapping[str, str]] = {
    "sharedConfigFiles": "config_file",
    "sharedCredentialsFiles": "credentials_file",
}
"""Key of the AWS provider, a list of files in place of those of `~/.aws` -> botocore's variable for one."""

STRUCTURES: Final = frozenset({"assumeRoles", "assumeRoleWithWebIdentity", "endpoints", *FILES})
"""Keys of the AWS provider whose values are lists or objects."""

READ_KEYS: Final = STRUCTURES | {"accessKey", "profile", "region", "secretKey", "token"}
"""Keys of the AWS provider that count here; the others, such as `defaultTags`, change no request."""

REGION_VARIABLES: Final = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Environment variables of the region, in Pulumi's order; boto3 reads only the second one."""


def clients_of_region(
    region: str, *, session: Session | None = None, config: Config | None = None
) -> ClientFactory:
    """Return a factory of clients in a region.

    Args:
        region: Name of the region.
        session: Source of the credentials; by default, the environment.
        config: Timeouts and retries, if they are not boto3's own.
    """
    from scripts.aws.errors import readable_errors

    session = session or environment_session()

    def client(service: str) -> object:
        with readable_errors():
            # The method's type names the services of all AWS, of which we install the stubs of ours.
            return cast("Any", session).client(service, region_name=region, config=config)

    # The protocol has an overload for each service that is used here.
    return cast("ClientFactory", client)


def environment_session() -> Session:
    """Return a session with the credentials of the environment, whose errors are all BotoCoreError."""
    from scripts.aws.errors import add_readable_errors, readable_errors

    with readable_errors():
        session = _boto3_session(_core_session({}))
        add_readable_errors(session)
        session.get_credentials()
    return session


@dataclass(frozen=True, kw_only=True)
class AwsSettings:
    """Region, credentials and endpoints that Pulumi's AWS provider uses for one stack.

    Where the stack sets nothing, the environment and `~/.aws` count, as with Pulumi.
    """

    region: str
    profile: str | None = None
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Files in place of those of `~/.aws`, by botocore's variables."""
    keys: Mapping[str, str] | None = None
    """Access key, secret key and session token, by the names of boto3's arguments."""
    roles: Sequence[Mapping[str, Any]] = ()
    """Roles to assume, each with the credentials of the one before, as arguments of `sts:AssumeRole`."""
    web_identity: Mapping[str, Any] | None = None
    """Role to assume with a web identity token, before the others."""
    endpoints: Mapping[str, str]
    """Name of a service, without hyphens -> URL of its API."""

    @property
    def clients(self) -> ClientFactory:
        """Factory of clients of the AWS API; it and its clients raise BotoCoreError for unusable settings."""
        from scripts.aws.errors import readable_errors

        session = cache(self._session)

        def client(service: str, **options: object) -> object:
            endpoint = self.endpoints.get(service.replace("-", ""))
            with readable_errors():
                return cast("Any", session()).client(
                    service, region_name=self.region, **{"endpoint_url": endpoint, **options}
                )

        # The protocol has an overload for each service that is used here.
        return cast("ClientFactory", client)

    def _session(self) -> Session:
        from scripts.aws.errors import add_readable_errors

        session = _boto3_session(
            _core_session(self.files, self.profile), region_name=self.region, **(self.keys or {})
        )
        add_readable_errors(session)
        for role in ([self.web_identity] if self.web_identity else []) + list(self.roles):
            session = self._assume(role, session)
            add_readable_errors(session)
        return session

    def _assume(self, role: Mapping[str, Any], source: Session) -> Session:
        """Return a session with the credentials of a role, which are renewed before they expire."""
        from botocore.credentials import (
            AssumeRoleCredentialFetcher,
            AssumeRoleWithWebIdentityCredentialFetcher,
            DeferredRefreshableCredentials,
        )

        def create_client(service: str, **options: object) -> BaseClient:
            options = {"region_name": self.region, "endpoint_url": self.endpoints.get(service), **options}
            return cast("BaseClient", cast("Any", source).client(service, **options))

        arguments = dict(role)
        arn, token = arguments.pop("RoleArn"), arguments.pop("WebIdentityToken", None)
        fetcher = (
            AssumeRoleCredentialFetcher(
                create_client, cast("Any", source.get_credentials()), arn, extra_args=arguments
            )
            if token is None
            else AssumeRoleWithWebIdentityCredentialFetcher(create_client, token, arn, extra_args=arguments)
        )
        core = _core_session({})
        # botocore has no other way to pass credentials that renew themselves.
        cast("Any", core)._credentials = DeferredRefreshableCredentials(  # noqa: SLF001 - see above
            method="assume-role", refresh_using=fetcher.fetch_credentials
        )
        return _boto3_session(core, region_name=self.region)


def aws_settings(config: Mapping[str, str], source: str) -> AwsSettings:
    """Build the settings from values of the namespace `aws`, as Pulumi writes them.

    Args:
        config: Key without its namespace -> value, structures as JSON.
        source: Name of the file, for messages.

    Raises:
        StackConfigError: No region is set, or a value can't be read.
    """
    values: dict[str, Any] = {
        key: _parse(key, text, source) for key, text in config.items() if key in READ_KEYS
    }
    profile = values.get("profile") or None
    try:
        files = {FILES[key]: _only_file(key, values[key]) for key in FILES if values.get(key)}
        region = values.get("region") or environment_region(profile, files)
        keys = {
            argument: values[key]
            for key, argument in (
                ("accessKey", "aws_access_key_id"),
                ("secretKey", "aws_secret_access_key"),
                ("token", "aws_session_token"),
            )
            if values.get(key)
        }
        roles = [_role_arguments(role) for role in values.get("assumeRoles", ())]
        web_identity = values.get("assumeRoleWithWebIdentity")
        endpoints = {
            service.replace("-", ""): url
            for urls in values.get("endpoints", ())
            for service, url in urls.items()
        }
        web_arguments = _web_identity_arguments(web_identity) if web_identity else None
    except StackConfigError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise StackConfigError(f"{source}: can't read the settings of aws: {error!r}") from None
    if not region:
        raise StackConfigError(
            f"{source} sets no aws:region, and neither does the environment (AWS_REGION) or the profile"
        )
    return AwsSettings(
        region=region,
        profile=profile,
        files=files,
        keys=keys or None,
        roles=roles,
        web_identity=web_arguments,
        endpoints=endpoints,
    )


def _only_file(key: str, files: Sequence[str]) -> str:
    """Return the file of a list, which the provider may merge from several; botocore reads one."""
    if isinstance(files, str) or len(files) != 1:
        raise StackConfigError(f"aws:{key} has to be a list of one file for these commands, not {files}")
    return str(files[0])


def _core_session(files: Mapping[str, str], profile: str | None = None) -> botocore.session.Session:
    import botocore.session

    session = botocore.session.Session(profile=profile)
    for variable, file in files.items():
        session.set_config_variable(variable, file)
    return session


def _boto3_session(core: botocore.session.Session, **options: str) -> Session:
    """Return boto3's session over one of botocore.

    Args:
        core: Session of botocore.
        options: Region and access key, by the names of boto3's arguments.
    """
    import boto3.session

    core.register_component("data_loader", _loader(core.get_config_variable("data_path")))
    return boto3.session.Session(botocore_session=core, **cast("Any", options))


@cache
def _loader(data_path: str | None) -> botocore.loaders.Loader:
    """Return the loader of the descriptions of AWS's services, which all sessions of this process share.

    A session of its own would read them again, half a second for ten services.

    Args:
        data_path: Folders of further descriptions (`AWS_DATA_PATH`).
    """
    import botocore.loaders

    return botocore.loaders.create_loader(data_path)


def environment_region(profile: str | None, files: Mapping[str, str] | None = None) -> str | None:
    """Return the region of the environment, or else of a profile; None if neither has one.

    Args:
        profile: Name of the profile; None is the default one.
        files: Files in place of those of `~/.aws`, by botocore's variables.

    Raises:
        StackConfigError: There is no such profile, or its file can't be read.
    """
    from botocore.exceptions import BotoCoreError

    for name in REGION_VARIABLES:
        if os.environ.get(name):
            return os.environ[name]
    session = _core_session(files or {}, profile)
    try:
        return cast("str | None", session.get_config_variable("region"))
    except BotoCoreError as error:
        raise StackConfigError(f"{error}") from None


def is_encrypted(text: str) -> bool:
    """Return whether a value of a stack's file, or a part of it, is encrypted by Pulumi."""
    return f'"{ENCRYPTED}"' in text


def _parse(key: str, text: str, source: str) -> object:
    """Return a value of the provider; refuse an encrypted one in an operator's words."""
    if is_encrypted(text):
        raise StackConfigError(
            f"{source} has an encrypted aws:{key}, which only Pulumi can read; name a profile with "
            "aws:profile, or set credentials in the environment"
        )
    if key not in STRUCTURES:
        return text
    try:
        return json.loads(text)
    except ValueError:
        raise StackConfigError(f"{source}: aws:{key} is not a list or an object") from None


def _role_arguments(role: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `sts:AssumeRole` for an entry of `aws:assumeRoles`."""
    return dict(_arguments(role))


def _web_identity_arguments(role: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of `sts:AssumeRoleWithWebIdentity`, with a function that reads the token."""
    from pathlib import Path

    file = role.get("webIdentityTokenFile")
    token = role.get("webIdentityToken")
    if not (file or token):
        raise KeyError("webIdentityTokenFile")

    def read_token() -> str:
        return Path(file).read_text(encoding="utf-8").strip() if file else str(token)

    return {**dict(_arguments(role)), "WebIdentityToken": read_token}


def _arguments(role: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield "RoleArn", role["roleArn"]
    for key, argument in (
        ("sessionName", "RoleSessionName"),
        ("externalId", "ExternalId"),
        ("policy", "Policy"),
        ("sourceIdentity", "SourceIdentity"),
        ("transitiveTagKeys", "TransitiveTagKeys"),
    ):
        if role.get(key):
            yield argument, role[key]
    if role.get("policyArns"):
        yield "PolicyArns", [{"arn": arn} for arn in role["policyArns"]]
    if role.get("tags"):
        yield "Tags", [{"Key": key, "Value": value} for key, value in role["tags"].items()]
    if role.get("duration"):
        yield "DurationSeconds", _seconds(str(role["duration"]))


def _seconds(duration: str) -> int:
    """Return the seconds of a Go duration such as `1h30m`."""
    import re

    units = {"h": 3_600, "m": 60, "s": 1}
    if not re.fullmatch(r"(\d+[hms])+", duration):
        raise ValueError(f"{duration} is no duration such as 1h30m")
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([hms])", duration))
