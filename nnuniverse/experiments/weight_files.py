"""Weights of nets that were trained elsewhere, from ``.npz`` and ``.safetensors`` files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nnuniverse.archives import Archive, reason_of
from nnuniverse.data.files import open_data_file
from nnuniverse.errors import ConfigError, DataError

NAMED = re.compile(r"(?:^|[./_])(weights?|kernel|bias(?:es)?|[Wwb])(?=$|[./_:\d])")
"""What tells, in the name of an array, what it is; the rest of the name says of which layer."""


class LayerWeights(NamedTuple):
    """Weights w_l, (n_l, n_{l-1}) each, a row per receiving neuron, and biases b_l, (n_l,) each.

    First hidden layer first.
    """

    weights: list[np.ndarray]
    biases: list[np.ndarray]


def read_weights(path: str | Path) -> LayerWeights:
    """Read the layers of a fully connected net from an ``.npz`` or ``.safetensors`` file.

    Arrays are named as PyTorch does (``0.weight``, ``fc1.bias``), as Keras does
    (``dense/kernel``), or as in ``results.h5`` (``weights_1``, ``bias_1``); layers come in the
    order of the numbers in their names.  A ``kernel`` is (n_{l-1}, n_l) and is transposed; a layer
    without a bias has b = 0.

    ``path``: of the file.  Returns ``weights``, w_l (n_l, n_{l-1}), and ``biases``, b_l (n_l,), the
    first hidden layer first, as `spectrum_of` takes them.  Raises ConfigError if there is no such
    file or no reader of it, DataError if it holds anything else.

    >>> import numpy as np
    >>> np.savez("net.npz", **{"fc1.weight": np.ones((3, 4)), "fc2.weight": np.ones((2, 3))})
    >>> weights, biases = nnuniverse.read_weights("net.npz")
    >>> [w.shape for w in weights], [b.shape for b in biases]
    ([(3, 4), (2, 3)], [(3,), (2,)])
    """
    path = Path(path)
    arrays = _read_safetensors(path) if path.suffix == ".safetensors" else _read_npz(path)
    layers: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        found = NAMED.search(name)
        if not found:
            raise _unfit(path, f"holds {name!r}", "a file with the layers' arrays alone")
        kind = "bias" if found[1][0] == "b" else "kernel" if found[1] == "kernel" else "weights"
        layer = layers.setdefault(name[: found.start(1)] + name[found.end(1) :], {})
        layer["weights" if kind == "kernel" else kind] = array.T if kind == "kernel" else array
    return _in_order(path, layers)


def _in_order(path: Path, layers: Mapping[str, Mapping[str, np.ndarray]]) -> LayerWeights:
    weights, biases = [], []
    for name in sorted(layers, key=_natural):
        layer = layers[name]
        if "weights" not in layer or layer["weights"].ndim != 2:
            shape = layer.get("weights", np.empty(0)).shape
            actual = f"has weights of shape {shape} in {name!r}"
            raise _unfit(path, actual, "a file with its dense layers alone")
        weights.append(layer["weights"])
        biases.append(layer.get("bias", np.zeros(len(layer["weights"]))))
    if not weights:
        raise _unfit(path, "holds none", "another file")
    return LayerWeights(weights, biases)


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts names by the numbers in them: dense, dense_2, dense_10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split(r"(\d+)", name)]


def _read_npz(path: Path) -> dict[str, np.ndarray]:
    with open_data_file(path, "path") as stream:
        archive = Archive(stream, str(path))
        return archive.read(archive.names)


def _read_safetensors(path: Path) -> dict[str, np.ndarray]:
    try:
        from safetensors.numpy import load
    except ImportError:
        raise ConfigError(
            "safetensors",
            "be installed to read weights from such a file",
            "is not",
            "pip install 'nnuniverse[safetensors]'",
        ) from None
    with open_data_file(path, "path") as stream:
        content = stream.read()
    try:
        return load(content)
    except Exception as error:  # the library raises kinds of its own, and those of NumPy
        raise _unfit(path, f"does not ({reason_of(error)})", "saving it anew") from error


def _unfit(path: Path, actual: str, remedy: str) -> DataError:
    return DataError(str(path), "hold the weights and biases of dense layers", actual, remedy)
