"""AWS as the commands call it: clients with the credentials of a stack, and errors of its settings."""
