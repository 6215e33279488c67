"""Terminal view of a local cloud: a screen that is drawn each second, or lines for other programs."""
