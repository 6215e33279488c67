"""AWS services that LocalStack lacks, or answers otherwise than AWS."""
