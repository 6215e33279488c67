"""Metadata of the server and of each model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from service import __version__
from service.batch.open_inference.inference import output_tensors

if TYPE_CHECKING:
    from service.model.feature import Feature
    from service.model.registry import Predictor

SERVER: Final[dict[str, Any]] = {
    "name": "scalable-models",
    "version": __version__,
    "extensions": ["binary_tensor_data"],
}
"""Metadata of the server."""

_DATATYPES: Final = {"number": "FP64", "integer": "INT64", "category": "BYTES"}
"""Type of a feature -> data type of its tensor."""


def model_metadata(predictor: Predictor) -> dict[str, Any]:
    """Return the metadata of a model. Its inputs are shown as a tensor for each feature."""
    classes = {"parameters": {"classes": list(predictor.classes)}} if predictor.classes else {}
    return {
        "name": predictor.name,
        "versions": [predictor.version],
        "platform": f"scalable-models_{predictor.kind}",
        "inputs": [_input(feature) for feature in predictor.definition.features],
        "outputs": [
            {
                "name": output.name,
                "datatype": output.datatype,
                "shape": [-1] if output.width is None else [-1, output.width],
                **classes,
            }
            for output in output_tensors(predictor)
        ],
    }


def _input(feature: Feature) -> dict[str, Any]:
    return {"name": feature.short_name, "datatype": _DATATYPES[feature.type], "shape": [-1, 1]}
