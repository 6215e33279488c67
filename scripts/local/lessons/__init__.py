"""Command `iris lesson`: ideas of scaling, each shown on the running local cloud."""
