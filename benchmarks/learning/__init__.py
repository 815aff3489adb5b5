"""Whether nets whose neurons, step and batch adjust learn better: sweeps compared seed by seed."""
