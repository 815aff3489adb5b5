"""What the densities of an ensemble and the steps of its replicas tell, with intervals by replica.

Intervals are of `jackknife`, over replicas and never over records, which depend on each other.
How often each holds the truth: docs/mechanics.md.
"""
