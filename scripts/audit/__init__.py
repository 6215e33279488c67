"""`make audit`: security advisories of every pinned distribution, by pip-audit and OSV."""
