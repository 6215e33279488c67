"""`iris graph`: architecture diagram, drawn from the resources that the program requests."""
