"""Resource types that the local cloud can create, one module for each AWS service."""
