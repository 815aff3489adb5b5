"""Checks of arXiv:2012.05082, Emergent quantumness in neural networks."""
