"""Errors of the AWS settings of this machine, all as botocore's own kind of exception, and advice on each.

botocore raises ValueError for an endpoint that is no URL, FileNotFoundError for a missing token file or
`credential_process`, JSONDecodeError for a process that prints something else. Commands handle BotoCoreError.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import (
    BotoCoreError,
    ConfigParseError,
    ConnectionError,  # noqa: A004 - botocore's name
    CredentialRetrievalError,
    HTTPClientError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from boto3.session import Session

SIGN_IN_HELP: Final = (
    "run `aws configure sso` and `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and the other two"
)

SETTINGS_HELP: Final = "correct the AWS_ variables of the environment, or the profile in ~/.aws/config"

ADVICE: Final[tuple[tuple[tuple[type[BotoCoreError], ...], str], ...]] = (
    ((ProfileNotFound,), "set AWS_PROFILE to another profile, or create it with `aws configure`"),
    ((NoCredentialsError, PartialCredentialsError), SIGN_IN_HELP),
    ((LoginError,), "run `aws login`"),
    ((SSOError, TokenRetrievalError, UnauthorizedSSOTokenError), "run `aws sso login`"),
    ((CredentialRetrievalError,), "run the source of the credentials by hand, which says why it fails"),
    ((ConfigParseError,), "correct that file, or name another with AWS_CONFIG_FILE"),
    ((HTTPClientError, ConnectionError), "check the network, the proxy and the region"),
)
"""Exceptions -> advice; SETTINGS_HELP is for all others."""

FOREIGN_ERRORS: Final = (AttributeError, KeyError, OSError, TypeError, ValueError)
"""Exceptions with which botocore refuses a setting, or what a `credential_process` prints."""


class AwsSettingsError(BotoCoreError):
    """Unusable setting of AWS on this machine."""

    fmt = "{reason}"


def advice(error: BotoCoreError) -> str:
    """Return what the operator can do about an error."""
    return next((text for kinds, text in ADVICE if isinstance(error, kinds)), SETTINGS_HELP)


def is_unreachable(error: BotoCoreError) -> bool:
    """Return whether the network is the cause, not a setting."""
    return isinstance(error, HTTPClientError | ConnectionError)


@contextmanager
def readable_errors() -> Generator[None]:
    """Raise AwsSettingsError for exceptions that are not botocore's own.

    Raises:
        AwsSettingsError: A setting is unusable; the message begins with the variable that has its value.
    """
    try:
        yield
    except BotoCoreError:
        # Some of its exceptions are ValueError or OSError, too.
        raise
    except FOREIGN_ERRORS as error:
        raise AwsSettingsError(reason=_describe(error)) from error


def add_readable_errors(session: Session) -> None:
    """Convert the exceptions of every request of the clients of a session.

    Credentials are read and renewed at a request. A class is added as boto3's extensibility guide shows.
    """

    def add_base_class(base_classes: list[type], **_: object) -> None:
        base_classes.insert(0, _RequestErrors)

    session.events.register("creating-client-class", add_base_class)


class _RequestErrors:
    """Base class of a client, which converts the exceptions of each request."""

    def _make_api_call(self, operation: str, parameters: object) -> object:
        with readable_errors():
            return cast("Any", super())._make_api_call(operation, parameters)  # noqa: SLF001 - the client's


def _describe(error: Exception) -> str:
    """Return the message of an exception, after the variable that has the value which it quotes."""
    text = f"{type(error).__name__}: {error}" if isinstance(error, AttributeError | KeyError) else str(error)
    names = [
        name
        for name, value in sorted(os.environ.items())
        if name.startswith("AWS_") and value and value in text
    ]
    return f"{names[0]}: {text}" if names else text
