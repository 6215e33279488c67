"""Command `iris load`: open-loop load on a service, with verified answers and a report."""
