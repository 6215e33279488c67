"""Price snapshot and its renewal from the AWS Price List."""
