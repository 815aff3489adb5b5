"""Checks of arXiv:2008.01540, The world as a neural network."""
