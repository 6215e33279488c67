"""Definition of an imported model: its features, its classes, and the names that the user gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scripts.training.imported.model_file import ModelFileError
from scripts.training.own_data.inferred_definition import short_name
from service.http.agreement import noun_for
from service.model.definition_reader import RESERVED_RESPONSE_KEYS, read_definition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scripts.training.imported.inferred_inputs import Inputs
    from service.model.definition import Definition


def imported_definition(
    inputs: Inputs,
    labels: Sequence[object],
    classes: Sequence[str],
    *,
    name: str,
    target: str,
    unit: str,
    is_regression: bool,
) -> Definition:
    """Return the definition of a model.

    Args:
        inputs: Its features.
        labels: Its classes in their order; none for a regression.
        classes: Names for classes that are numbers; none to name them by these.
        name: Name of the model.
        target: Name of the class or value.
        unit: Unit of the value.
        is_regression: Whether it predicts a value.

    Raises:
        DefinitionError: A name is not allowed.
        ModelFileError: The classes have other names, or another number.
    """
    answer: dict[str, Any] = {"unit": unit} if unit else {}
    if not is_regression:
        answer = {"classes": _class_names(labels, classes)}
    elif classes:
        raise ModelFileError("The model is a regression, which has no --classes.")
    count = len(inputs.content)
    return read_definition(
        {
            "name": name,
            "title": f"Predictor of {target}"[:100],
            "description": f"Predicts {target} from {count} {noun_for(count, 'feature')}.",
            "task": "regression" if is_regression else "classification",
            "features": inputs.content,
            **answer,
            "response_key": short_name(target, RESERVED_RESPONSE_KEYS),
            "example": inputs.examples[0],
        }
    )


def _class_names(labels: Sequence[object], classes: Sequence[str]) -> list[str]:
    own = [str(label) for label in labels]
    if not classes or list(classes) == own:
        return own
    if any(isinstance(label, str) for label in labels):
        raise ModelFileError(f"The classes have names: {', '.join(own)[:200]}. Leave out --classes.")
    if len(classes) != len(own):
        raise ModelFileError(
            f"--classes has {len(classes)} {noun_for(len(classes), 'name')}, but the model has {len(own)} "
            f"{noun_for(len(own), 'class', 'classes')}: "
            f"{', '.join(own)[:200]}."
        )
    return list(classes)
