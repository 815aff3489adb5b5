"""What carries out the tasks of a sweep: one interface, and a file for each kind of place."""
