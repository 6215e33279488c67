"""Error for a local cloud that a different version of the code started."""

from __future__ import annotations


class IncompatibleStateError(RuntimeError):
    """Running processes or stored outputs that this version of the code cannot interpret."""

    def __init__(self, detail: str) -> None:
        """Create an error with the difference and its remedy in one line."""
        super().__init__(
            f"the local cloud was started by a different version of the code ({detail}); run `make down`, "
            "then `make up`"
        )
