"""Transformers of scikit-learn before an estimator: scaling, missing values and categories."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# scikit-learn has no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from service.model.definition import Definition


def preprocessing(definition: Definition, *, scaled: bool, is_encoded: bool, is_filled: bool) -> list[Any]:
    """Return the untrained transformers for rows of a definition; none if there is nothing to do.

    Args:
        definition: Features, of which a category is the index of its level, and a missing value is NaN.
        scaled: Whether numbers are scaled to unit variance.
        is_encoded: Whether a category becomes one column per level.
        is_filled: Whether missing values are filled in.
    """
    # scikit-learn takes seconds to import; --help should not wait for it.
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers = [index for index, feature in enumerate(definition.features) if not feature.levels]
    categories = [index for index, feature in enumerate(definition.features) if feature.levels]
    fills = is_filled and any(feature.optional for feature in definition.features)
    if not fills and not (categories and is_encoded):
        return [StandardScaler()] if scaled else []
    of_numbers = [
        *([SimpleImputer(strategy="median")] if fills else []),
        *([StandardScaler()] if scaled else []),
    ]
    levels: Any = [  # scikit-learn's type is that of its default, "auto"
        [float(level) for level in range(len(definition.features[index].levels))] for index in categories
    ]
    of_categories = [
        *([SimpleImputer(strategy="most_frequent")] if fills else []),
        *([OneHotEncoder(categories=levels, sparse_output=False)] if is_encoded else []),
    ]
    parts = [("numbers", of_numbers, numbers), ("categories", of_categories, categories)]
    return [
        ColumnTransformer(
            [
                (name, make_pipeline(*steps) if steps else "passthrough", indices)
                for name, steps, indices in parts
                if indices
            ],
            sparse_threshold=0,
        )
    ]
