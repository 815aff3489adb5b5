"""The checks of the papers' statements: one package per paper, one file per group of sections.

A check is a function that returns an `Outcome`; what it needs of sympy it imports itself.
"""
