"""What docs/grand-canonical.md says of moves, and of what F says of a neuron, from a run's nets."""
