"""The minimum over bulk states with the boundary clamped: landscapes, and descents into them."""
