"""LitServe around the tutorial's model: one process for HTTP, one for the model.

LitServe reads the annotations of the methods, which therefore must not be strings.
"""

# pyright: reportMissingImports=false, reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUntypedBaseClass=false
# It runs in a separate environment.

import os
from typing import Any

import joblib
import litserve


class LitServeIris(litserve.LitAPI):
    """Service that returns the species of one flower."""

    def setup(self, device: str) -> None:
        """Unpickle the model, in the process that calls it."""
        del device
        self.model = joblib.load(os.environ["MODEL"])

    def decode_request(self, request: dict[str, Any]) -> list[list[float]]:
        """Read the body."""
        return [[float(request[length]) for length in ("pl", "pw", "sl", "sw")]]

    def predict(self, x: list[list[float]]) -> str:
        """Call the model."""
        return self.model.predict(x)[0]

    def encode_response(self, output: str) -> dict[str, str]:
        """Write the body."""
        return {"specie": output}


if __name__ == "__main__":
    server = litserve.LitServer(
        LitServeIris(api_path="/api/v01/classify"), accelerator="cpu", track_requests=False
    )
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PORT"]),
        num_api_servers=1,
        generate_client_file=False,
        access_log=False,
        log_level="warning",
    )
