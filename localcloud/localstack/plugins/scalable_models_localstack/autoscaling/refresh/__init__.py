"""Instance refreshes of groups: operations, preferences, pace, and the gradual replacement itself."""
