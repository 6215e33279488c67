"""Rules that every stack keeps, as a Pulumi policy pack and as tests."""
