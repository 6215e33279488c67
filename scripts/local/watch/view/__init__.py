"""View of a snapshot: numbers, charts, texts in both languages, and the parts of the page."""
