"""Rules by subject, each with the AWS Well-Architected best practice that it implements."""
