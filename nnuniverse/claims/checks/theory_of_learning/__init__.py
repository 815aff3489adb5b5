"""Checks of arXiv:2004.09280, Towards a theory of machine learning."""
