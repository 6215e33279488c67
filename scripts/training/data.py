"""Training data, and Fisher's Iris data set."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sklearn.datasets import load_iris

from service.iris.definition import IRIS
from service.model.definition_reader import read_definition

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from service.model.definition import Definition

SOURCE: Final = (
    "R. A. Fisher, The use of multiple measurements in taxonomic problems, Annals of Eugenics 7 (1936), "
    "179-188, as it comes with scikit-learn"
)
"""Source of the data set."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Origin of training data, for the model card."""

    data: str
    """Name of the data."""
    source: str
    details: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further keys of the model card's `training`: hash of a file, target, columns."""


FISHER: Final = Origin(data="Fisher's Iris", source=SOURCE)
"""Origin of the Iris data set."""


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Rows of training data, and their classes or values."""

    rows: NDArray[np.float64]
    """Shape (rows, features), columns in the order of the definition."""
    target: NDArray[Any]
    """Shape (rows,): indices into `classes`, or the values of a regression."""
    definition: Definition
    origin: Origin = FISHER

    @property
    def is_regression(self) -> bool:
        """True if the target is a quantity."""
        return self.definition.task == "regression"

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes; none for a regression."""
        return self.definition.classes


def load_data() -> Dataset:
    """Return the 150 flowers that come with scikit-learn, 50 of each species."""
    iris: Any = load_iris()
    definition = read_definition(IRIS)
    order = [iris.feature_names.index(f"{feature.name} ({feature.unit})") for feature in definition.features]
    classes = tuple(f"Iris {name.capitalize()}" for name in iris.target_names)
    if classes != definition.classes:
        raise ValueError(
            f"scikit-learn's classes are {classes}, those of the definition {definition.classes}"
        )
    return Dataset(rows=iris.data[:, order], target=iris.target, definition=definition)
