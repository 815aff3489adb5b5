"""Nets of bulk and boundary neurons seen from their boundary, 2008.01540 Sec. 10; no JAX."""
