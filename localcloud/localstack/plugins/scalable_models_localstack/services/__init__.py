"""AWS services that LocalStack lacks or that differ from AWS."""
