"""Permutations as weights: states that run along closed strings, 2008.01540 Secs. 7 and 8.

The neurons on the cycles of a weighted permutation are sites of closed strings.  NumPy only.
"""
