"""The architecture as a picture, drawn from what the program asks for."""
