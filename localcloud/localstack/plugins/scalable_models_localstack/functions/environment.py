"""The variables that a function sees: Lambda's and its own, none of LocalStack's or of this machine's.

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

KEPT: Final = (
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
"""What LocalStack gives as Lambda does; the rest is for the runtime that it starts in a container."""


def variables(
    config: VersionFunctionConfiguration, given: Mapping[str, Any], temporary: Path
) -> dict[str, str]:
    """Return the environment of a function's process.

    Args:
        config: of the function.
        given: what LocalStack would give to a container; not all of it is text.
        temporary: folder that stands for /tmp, which is the execution environment's own on AWS.
    """
    logging = config.logging_config
    level = logging.get("ApplicationLogLevel")
    return {
        "PATH": os.defpath,
        "LANG": "en_US.UTF-8",
        # Lambda sets none. Here it would be looked up, and lead to somebody's own files.
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        **{name: str(given[name]) for name in KEPT if name in given},
        **(config.environment or {}),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.runtime}",
        "AWS_LAMBDA_LOG_FORMAT": str(logging.get("LogFormat", "Text")),
        **({"AWS_LAMBDA_LOG_LEVEL": str(level)} if level else {}),
        "LAMBDA_RUNTIME_DIR": str(RUNTIME),
        "LAMBDA_TASK_ROOT": str(config.code.get_unzipped_code_location()),
    }
