"""Datasets: the embedded MNIST subset, IDX and npz files, tensorflow-datasets, and encodings."""

from nnuniverse.data.dataset import Dataset, Split, from_arrays
from nnuniverse.data.embedded import load_embedded
from nnuniverse.data.encoding import encode_targets, rotate_inputs, scale_inputs
from nnuniverse.data.files import file_digest, open_data_file
from nnuniverse.data.idx import find_idx, load_idx, load_idx_directory, read_idx
from nnuniverse.data.installed import load_installed
from nnuniverse.data.normal import draw_normal
from nnuniverse.data.npz import load_npz, load_pairs
from nnuniverse.data.pooling import pooled
from nnuniverse.data.tfds.load import load_tfds

__all__ = [
    "Dataset",
    "Split",
    "draw_normal",
    "encode_targets",
    "file_digest",
    "find_idx",
    "from_arrays",
    "load_embedded",
    "load_idx",
    "load_idx_directory",
    "load_installed",
    "load_npz",
    "load_pairs",
    "load_tfds",
    "open_data_file",
    "pooled",
    "read_idx",
    "rotate_inputs",
    "scale_inputs",
]
