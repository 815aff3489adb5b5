"""How many samples are propagated together where there may be very many."""

SAMPLES_AT_ONCE = 1000
"""Bounds the memory; chosen empirically between 250 and 6,000."""
