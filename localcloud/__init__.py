"""The local cloud: plays on one machine what AWS does by itself."""
