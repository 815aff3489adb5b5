"""Whether the drift of learning lies along the gradient of the free energy, 2012.05082 (4.2)."""
