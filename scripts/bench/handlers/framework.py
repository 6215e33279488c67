"""The function without its hot path: every event goes through Mangum and FastAPI."""

from __future__ import annotations

from pathlib import Path

import service
from service.framework_events import adapt, application, signed
from service.predictors import load_predictors
from service.settings import Settings

# In the archive, they lie beside the service.
_predictors = load_predictors(Path(service.__file__ or "").parent.parent / "predictors")

handler = adapt(signed(application(_predictors, Settings()), instance_id="bench"))
