"""Ray Serve around the tutorial's model: one replica."""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUntypedFunctionDecorator=false
# pyright: reportUntypedClassDecorator=false, reportUnknownParameterType=false, reportUnknownLambdaType=false
# pyright: reportAttributeAccessIssue=false
# It runs in a separate environment.

from __future__ import annotations

import os
import signal
import sys

import joblib
import ray
from ray import serve
from starlette.requests import Request  # noqa: TC002 (Ray reads the annotation)


@serve.deployment(num_replicas=1, ray_actor_options={"num_cpus": 0.1})
class RayIris:
    """Service that returns the species of one flower."""

    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    async def __call__(self, request: Request) -> dict[str, str]:
        """Read the body, and call the model."""
        flower = await request.json()
        lengths = [[float(flower[length]) for length in ("pl", "pw", "sl", "sw")]]
        return {"specie": self.model.predict(lengths)[0]}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    ray.init(include_dashboard=False, _node_ip_address="127.0.0.1", log_to_driver=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(os.environ["PORT"])})
    serve.run(RayIris.bind(), route_prefix="/api/v01/classify", blocking=True)
