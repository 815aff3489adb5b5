"""The neural septuple: architecture, initialisation, activation, state, and ``A = f'w``."""
