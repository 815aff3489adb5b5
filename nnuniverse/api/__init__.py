"""The commands as functions, for scripts and notebooks.

Paths are strings or `Path`; configs are files, mappings or models; what is returned says shortly
what it is, and shows itself in a notebook.
"""
