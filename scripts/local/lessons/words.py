"""Words of the command around the lessons, in both languages."""

from __future__ import annotations

from typing import Final

from scripts.local.lessons.texts import Text

RESTORING: Final = Text("Putting everything back.", "Dejándolo todo como estaba.")

LIST_COLUMNS: Final = (Text("lesson", "lección"), Text("idea", "idea"), Text("takes", "dura"))

CLOUD_FAILED: Final = Text(
    "the cloud did not answer as it should ({error}); `make status` shows its state",
    "la nube no respondió como debía ({error}); `make status` muestra su estado",
)

NO_LESSON: Final = Text(
    "There is no lesson {name!r}, only {listed} and all.",
    "No existe la lección {name!r}; existen {listed} y all.",
)

DID_YOU_MEAN: Final = Text(" Did you mean {names}?", " ¿Querías decir {names}?")

OR: Final = Text(" or ", " o ")
