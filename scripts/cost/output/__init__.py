"""Tables, charts, JSON and HTML reports."""
