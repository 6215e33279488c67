"""AWS's billing rules by service: arithmetic in `Decimal` over tariffs, without I/O."""
