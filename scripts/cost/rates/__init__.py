"""What AWS bills for each kind of use: arithmetic in `Decimal` over tariffs, without I/O."""
