"""Environment variables of a function: Lambda's and its own, without LocalStack's and this machine's.

Source: "Defined runtime environment variables" in Lambda's developer guide.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from scalable_models_localstack.functions.process import RUNTIME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localstack.services.lambda_.invocation.lambda_models import VersionFunctionConfiguration

PASSED_VARIABLES: Final = (
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "TZ",
    "_HANDLER",
)
"""Variables that LocalStack sets as Lambda does; its other ones are for the runtime in its containers."""


def function_environment(
    config: VersionFunctionConfiguration, localstack_variables: Mapping[str, Any], temporary: Path
) -> dict[str, str]:
    """Return the environment of a function's process.

    Args:
        config: configuration of the function version.
        localstack_variables: LocalStack's variables for a container; not all values are strings.
        temporary: replacement of /tmp, which each execution environment has for itself on AWS.
    """
    logging = config.logging_config
    level = logging.get("ApplicationLogLevel")
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        # Lambda does not set HOME. Here an unset one would resolve to the user's home directory.
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        **{
            name: str(localstack_variables[name]) for name in PASSED_VARIABLES if name in localstack_variables
        },
        **(config.environment or {}),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.runtime}",
        "AWS_LAMBDA_LOG_FORMAT": str(logging.get("LogFormat", "Text")),
        **({"AWS_LAMBDA_LOG_LEVEL": str(level)} if level else {}),
        "LAMBDA_RUNTIME_DIR": str(RUNTIME),
        "LAMBDA_TASK_ROOT": str(config.code.get_unzipped_code_location()),
    }
