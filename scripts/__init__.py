"""Commands of the project, one file a command."""
