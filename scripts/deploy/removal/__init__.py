"""Resources that a removed stack leaves behind: where AWS lists them, and what they cost."""
