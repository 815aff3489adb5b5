"""What carries out the orders of a sweep: one interface, and a file for each kind of place."""
