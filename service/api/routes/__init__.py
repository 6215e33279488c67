"""The routes: each module adds those of one kind to the interface, with their documentation."""
