"""Rules that every stack must satisfy, as a Pulumi policy pack and as tests."""
