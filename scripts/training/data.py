"""Training data: Fisher's Iris data set."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sklearn.datasets import load_iris

from service.iris.definition import IRIS
from service.model.flower import FEATURES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONG_NAMES: Final = {"pl": "petal length", "pw": "petal width", "sl": "sepal length", "sw": "sepal width"}
"""Feature -> its long name, which is also the name of its column in scikit-learn's data set."""

UNIT: Final = "cm"
"""Unit of every length."""

SOURCE: Final = (
    "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936), "
    "179-188, as it comes with scikit-learn"
)
"""Source of the data set."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Flowers and their species."""

    lengths: NDArray[np.float64]
    """Shape (rows, 4), in centimetres, columns in the order of `FEATURES`."""
    species: NDArray[np.int64]
    """Shape (rows,), indices into `classes`."""
    classes: tuple[str, ...]
    definition: dict[str, Any]
    """Content of the model's definition, which the manifest holds."""


def load_data() -> Dataset:
    """Return the 150 flowers that come with scikit-learn, 50 of each species."""
    iris: Any = load_iris()
    order = [iris.feature_names.index(f"{LONG_NAMES[feature]} ({UNIT})") for feature in FEATURES]
    return Dataset(
        lengths=iris.data[:, order],
        species=iris.target,
        classes=tuple(f"Iris {name.capitalize()}" for name in iris.target_names),
        definition=IRIS,
    )
