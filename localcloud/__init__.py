"""Local cloud: emulation on one machine of the work that AWS does itself."""
