"""EC2 Auto Scaling: groups, activities and instance refresh."""
