"""BentoML around the tutorial's model: one worker."""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false
# pyright: reportUntypedClassDecorator=false
# It runs in a separate environment.

import os

import bentoml
import joblib


@bentoml.service(workers=1, metrics={"enabled": False}, logging={"access": {"enabled": False}})
class BentoIris:
    """Service that returns the species of one flower."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api(route="/api/v01/classify")
    def classify(self, pl: float, pw: float, sl: float, sw: float) -> dict[str, str]:
        """Call the model."""
        return {"specie": self.model.predict([[pl, pw, sl, sw]])[0]}
