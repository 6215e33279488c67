"""Bill of a stack, from the resources that its program requests."""
