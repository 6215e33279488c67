"""Command `iris rollout`: gradual release of a new version, with a rollback if an alarm goes off."""
