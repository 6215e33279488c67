"""Words of the command around the lessons, in both languages."""

from __future__ import annotations

from typing import Final

from scripts.local.lessons.texts import Text

RESTORING: Final = Text("Putting everything back.", "Dejándolo todo como estaba.")

LIST_COLUMNS: Final = (Text("lesson", "lección"), Text("idea", "idea"), Text("takes", "dura"))

NO_LESSON: Final = Text(
    "There is no lesson {name!r}, only {listed} and all.",
    "No existe la lección {name!r}; existen {listed} y all.",
)
