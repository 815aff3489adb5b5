"""Data sets of tensorflow-datasets, read and prepared without TensorFlow."""
