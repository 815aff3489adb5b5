"""Which equation the density of an ensemble obeys, one coordinate at a time."""
