"""Fitted models in files: of joblib or pickle, of skops, and ONNX graphs."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# joblib and skops have no types.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from scripts.console.extras import require
from scripts.training.formats.columns_export import flat_steps

if TYPE_CHECKING:
    from pathlib import Path

PICKLES: Final = (".joblib", ".pkl", ".pickle")
"""Endings of files of joblib and pickle."""

_HARMLESS: Final = frozenset(("numpy.dtype",))
"""Types that hold no code, but that skops does not list as safe: that of an array of texts."""


class ModelFileError(ValueError):
    """A file does not hold a model that can be imported; the message says why and names the way out."""


def load_model(path: Path, *, trust: bool) -> Any:  # noqa: ANN401 (an estimator of scikit-learn)
    """Return the fitted estimator or pipeline of a file.

    Raises:
        ExtraError: skops can't be installed.
        ModelFileError: The file can't be read, holds none, or could run code and is not trusted.
    """
    if path.suffix in PICKLES:
        if not trust:
            raise ModelFileError(
                f"{path.name} is a pickle, and reading it runs all code in it, with your rights. If "
                "you made it, or trust its author, add --trust; or save the model with skops.io.dump instead."
            )
        import joblib

        model = _load(path, lambda: joblib.load(path))
    elif path.suffix == ".skops":
        require("skops")
        from skops import io

        unknown: list[str] = _load(path, lambda: io.get_untrusted_types(file=path))
        if not trust and (refused := [name for name in unknown if name not in _HARMLESS]):
            raise ModelFileError(
                f"{path.name} holds types that skops does not know as safe: {', '.join(refused)}. If you "
                "made it, or trust its author, add --trust: reading it then runs their code, with your "
                "rights."
            )
        model = _load(path, lambda: io.load(path, trusted=unknown))
    else:
        raise ModelFileError(
            f"{path.name} ends with none of .joblib, .pkl, .pickle and .skops, so its format is unknown."
        )
    model = getattr(model, "best_estimator_", model)  # of a search for parameters, which predicts by it
    if not hasattr(model, "predict") or not hasattr(flat_steps(model)[0], "n_features_in_"):
        held = type(model).__name__
        raise ModelFileError(
            f"{path.name} holds {'an' if held[:1] in 'AEIOU' else 'a'} {held}, not a fitted estimator of "
            "scikit-learn that takes a table of features."
        )
    if _has_several_outputs(model):
        raise ModelFileError(f"{path.name} predicts several values at once; a predictor has one.")
    return model


def _has_several_outputs(model: Any) -> bool:  # noqa: ANN401 (an estimator)
    last = flat_steps(model)[-1]
    if type(last).__module__ == "sklearn.multioutput":
        return True
    if hasattr(last, "classes_"):
        return isinstance(last.classes_, list)
    coefficients: Any = getattr(last, "coef_", ())
    return getattr(last, "n_outputs_", 1) > 1 or np.shape(coefficients)[:-1] > (1,)


def _load(path: Path, load: Any) -> Any:  # noqa: ANN401 (a function without types)
    try:
        return load()
    except Exception as error:
        # Files may hold anything: their readers raise errors of every kind.
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelFileError(f"Cannot read {path.name}: {reason}.".replace("..", ".")) from error
