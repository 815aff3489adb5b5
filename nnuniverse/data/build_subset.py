"""Build the embedded subset from the four original MNIST files.

    python -m nnuniverse.data.build_subset DIR_WITH_THE_FOUR_FILES OUTPUT

The same files give the same bytes whenever it runs (with the same zlib): the archive carries
no time, and nothing in it depends on the machine.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from nnuniverse.data.dataset import from_arrays
from nnuniverse.data.embedded import CLASSES, TEST_SAMPLES, TRAIN_SAMPLES
from nnuniverse.data.idx import find_idx, read_idx
from nnuniverse.data.npz import ARRAYS
from nnuniverse.errors import EXIT_DONE, ConfigError, DataError, NNUniverseError

SOURCE_SHA256 = (
    "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
)
"""SHA-256 of the gzipped originals, in the order of `nnuniverse.data.idx.IdxFiles`."""

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


def read_subset(directory: Path) -> dict[str, np.ndarray]:
    """Read the arrays of the subset from the folder with the four gzipped originals.

    Raises `ConfigError` if one is missing, `DataError` if one is not the original.

    ``directory``: with the four gzipped files.
    """
    arrays = {}
    counts = (TRAIN_SAMPLES, TRAIN_SAMPLES, TEST_SAMPLES, TEST_SAMPLES)
    files = find_idx(directory, key="DIR")
    for name, path, known, count in zip(ARRAYS, files, SOURCE_SHA256, counts, strict=True):
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != known:
            raise DataError(
                str(path), f"have SHA-256 {known}", f"has {actual}", "the gzipped original"
            )
        arrays[name] = read_idx(path)[:count]
    return arrays


def pack(arrays: Mapping[str, np.ndarray]) -> bytes:
    """Write arrays as the bytes of a compressed ``.npz`` archive that depend on nothing else."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as bundle:
        for name, array in arrays.items():
            member = zipfile.ZipInfo(f"{name}.npy", date_time=_ZIP_EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), version=(1, 0))
            bundle.writestr(member, content.getvalue(), compresslevel=9)
    return archive.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the subset as the command line asks; return the exit code.

    ``arguments``: of the command line; None: those of the process.
    """
    parser = argparse.ArgumentParser(
        prog="python -m nnuniverse.data.build_subset", description="Build the embedded subset."
    )
    parser.add_argument("directory", type=Path, help="folder with the four gzipped MNIST files")
    parser.add_argument("output", type=Path, help="the .npz file to create")
    given = parser.parse_args(arguments)
    try:
        arrays = read_subset(given.directory)
        packed = pack(arrays)
        _write_new(given.output, packed)
    except NNUniverseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    x_train, y_train, x_test, y_test = (arrays[name] for name in ARRAYS)
    dataset = from_arrays(
        "mnist", (x_train, y_train), (x_test, y_test), source=str(given.output), classes=CLASSES
    )
    print(f"{given.output}: {len(packed)} bytes, fingerprint {dataset.fingerprint}")
    return EXIT_DONE


def _write_new(output: Path, content: bytes) -> None:
    try:
        with output.open("xb") as stream:
            stream.write(content)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConfigError(
            "OUTPUT", "be a new file", f"is {output} ({reason})", "another name"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
