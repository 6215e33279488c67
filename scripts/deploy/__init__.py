"""To AWS and away again: what a deployment needs, Pulumi's engine, and what is left behind."""
