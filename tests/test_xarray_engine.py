"""xarray finds out by itself how results are read."""

from __future__ import annotations

import importlib
import io
import tomllib
from pathlib import Path

import numpy as np
import pytest
import xarray

from nnuniverse.runs.schema import file_image
from nnuniverse.variables import Axis
from nnuniverse.xarray_engine import SealedFiles

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "results.h5"
    path.write_bytes(file_image([Axis("epoch", "epoch", np.arange(3))], [], {}))
    return path


def test_xarray_knows_of_it_where_the_package_is_installed() -> None:
    named = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]["xarray.backends"]
    module, name = named["nnuniverse"].split(":")
    assert getattr(importlib.import_module(module), name) is SealedFiles


@pytest.mark.parametrize("kind", [str, Path])
def test_a_sealed_file_is_found_and_read(kind: type, path: Path) -> None:
    assert SealedFiles().guess_can_open(kind(path))
    with xarray.open_dataset(kind(path), engine=SealedFiles) as data:
        np.testing.assert_array_equal(data.epoch, [0, 1, 2])


def test_nothing_else_is(path: Path, tmp_path: Path) -> None:
    (tmp_path / "a.nc").write_bytes(path.read_bytes()[512:])
    others = [tmp_path / "a.nc", tmp_path / "none", tmp_path, io.BytesIO(path.read_bytes()), 3.5]
    assert not any(SealedFiles().guess_can_open(other) for other in [*others, "https://a/b", "\0"])
