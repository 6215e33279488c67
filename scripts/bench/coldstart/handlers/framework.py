"""Project's function without its fast path: every event goes through Mangum and FastAPI."""

from __future__ import annotations

from pathlib import Path

import service
from service.aws_lambda.mangum_app import add_request_context, create_adapter, create_application
from service.model.registry import load_predictors
from service.settings import Settings

# In the archive, they are next to the service.
_predictors = load_predictors(Path(service.__file__ or "").parents[1] / "predictors")

handler = create_adapter(
    add_request_context(create_application(_predictors, Settings()), instance_id="bench")
)
