"""Sets that tensorflow-datasets prepared, made here, and how to compare and read them."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.data.tfds import behaviour as tfds_behaviour

tfds: Any = pytest.importorskip("tensorflow_datasets")
pytest.importorskip("array_record")
pillow: Any = pytest.importorskip("PIL.Image")

Digits = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def png(pixels: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    pillow.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def prepare(
    data_dir: Path,
    name: str,
    features: dict[str, Any],
    splits: dict[str, list[dict[str, Any]]],
    supervised_keys: tuple[str, str] | None = None,
) -> None:
    """Write a set with the interface of tensorflow-datasets, as any user would."""

    def info(self: Any) -> Any:
        return tfds.core.DatasetInfo(
            builder=self,
            features=tfds.features.FeaturesDict(features),
            supervised_keys=supervised_keys,
        )

    with tfds.core.registered.skip_registration():
        builder_class = type(
            "Tiny",
            (tfds.core.GeneratorBasedBuilder,),
            {
                "__module__": __name__,
                "name": name,
                "VERSION": tfds.core.Version("1.0.0"),
                "_info": info,
                "_split_generators": lambda self, dl_manager: {
                    split: enumerate(examples) for split, examples in splits.items()
                },
                "_generate_examples": lambda self: iter(()),
            },
        )
    with tfds_behaviour.quiet(), tfds_behaviour.preparing(download=False):
        builder_class(data_dir=data_dir).download_and_prepare(file_format="array_record")


def as_examples(images: np.ndarray, labels: np.ndarray) -> list[dict[str, Any]]:
    pairs = zip(images, labels, strict=True)
    return [{"image": png(image), "label": int(label)} for image, label in pairs]


def sorted_rows(images: np.ndarray, labels: np.ndarray) -> list[str]:
    """Every (image, label) as a hash, sorted: two sets of samples compared as multisets."""
    rows = images.reshape(len(images), -1)
    return sorted(
        hashlib.sha256(row.tobytes() + bytes([label])).hexdigest()
        for row, label in zip(rows, labels, strict=True)
    )


def run_python(code: str, scratch: Path, **environment: str) -> tuple[Any, float]:
    """Run code in a fresh process whose home and temporary folders must stay empty."""
    places = {name: scratch / name for name in ("home", "tmp", "work")}
    for place in places.values():
        place.mkdir()
    root = Path(tfds_behaviour.__file__).parents[2]
    started = time.monotonic()
    result = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import sys\nfrom nnuniverse.data import *\n{code}\nprint(*sorted(sys.modules))",
        ],
        cwd=places["work"],
        env=os.environ
        | {"HOME": str(places["home"]), "TMPDIR": str(places["tmp"]), "PYTHONPATH": str(root)}
        | environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    seconds = time.monotonic() - started
    for place in places.values():
        assert list(place.iterdir()) == []
    return result, seconds
