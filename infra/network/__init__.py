"""VPC: subnets, routes, security groups, VPC endpoints, domain name and certificate."""
