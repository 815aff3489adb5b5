"""The seal of an HDF5 file: any other byte is noticed before HDF5 sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import h5py
import numpy as np
import pytest
import xarray
from changing import GENERATORS, changed, unseal
from hypothesis import given
from hypothesis import strategies as st
from written import MU2, write

from nnuniverse.errors import RunError
from nnuniverse.runs import open_results
from nnuniverse.runs.hdf5_file import hdf5_file
from nnuniverse.runs.schema import extended_image
from nnuniverse.runs.seal import HDF5_SIGNATURE, SEAL_BYTES, seal_file
from nnuniverse.variables import Axis, Variable

MU3 = Variable("mu3", MU2.dims, "Tr (log G)^3", "(9.6)")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The results of a run."""
    return write(tmp_path_factory.mktemp("whole") / "results.h5").read_bytes()


def test_the_seal_is_a_line_of_text_in_the_user_block(whole: bytes) -> None:
    line, _, rest = whole[:SEAL_BYTES].partition(b"\n")
    assert line.decode("ascii").startswith("nnuniverse seal 1 sha256 ")
    assert line.decode("ascii").endswith(f" of {len(whole) - SEAL_BYTES} bytes")
    assert not rest.strip(b"\0")
    assert whole[SEAL_BYTES:].startswith(HDF5_SIGNATURE)


def test_others_open_a_sealed_file(tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    with h5py.File(path) as file:
        assert file.userblock_size == SEAL_BYTES
        np.testing.assert_array_equal(file["mu2"][()], [[0.0, 1.0], [2.0, 3.0]])
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        assert data.mu2.sel(snapshot=3, replica=1) == 3.0


# --- other bytes ---------------------------------------------------------------------------------


def line_against(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        open_results(path)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


DAMAGED = "must be what was written, but is damaged. Try "


@given(place=GENERATORS.map(Random.random), bit=st.integers(0, 7))
def test_one_flipped_bit_anywhere(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, place: float, bit: int
) -> None:
    content = bytearray(whole)
    content[int(place * len(content))] ^= 1 << bit
    path = tmp_path_factory.getbasetemp() / "flipped.h5"
    assert DAMAGED in line_against(path, bytes(content))


@given(length=GENERATORS.map(Random.random))
def test_a_file_that_is_cut(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, length: float
) -> None:
    path = tmp_path_factory.getbasetemp() / "cut.h5"
    assert repr(str(path)) in line_against(path, whole[: int(length * len(whole))])


def pages(content: bytes) -> list[bytes]:
    return [content[start : start + 512] for start in range(0, len(content), 512)]


@given(data=st.data())
def test_pages_that_are_lost_or_swapped(
    whole: bytes, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    parts = pages(whole)
    one, other = (data.draw(st.integers(0, len(parts) - 1)) for _ in range(2))
    lost = data.draw(st.booleans())
    if lost:
        parts[one] = bytes(len(parts[one]))
    else:
        parts[one], parts[other] = parts[other], parts[one]
    changed_content = b"".join(parts)
    path = tmp_path_factory.getbasetemp() / "pages.h5"
    if changed_content == whole:
        path.write_bytes(changed_content)
        open_results(path).close()
    else:
        assert repr(str(path)) in line_against(path, changed_content)


def test_bytes_after_the_end(whole: bytes, tmp_path: Path) -> None:
    assert DAMAGED in line_against(tmp_path / "longer.h5", whole + b"\0")


def test_a_change_by_hand_is_damage(tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    with h5py.File(path, "r+") as file:
        file["mu2"][0, 0] = 7.0
    with pytest.raises(RunError, match=DAMAGED):
        open_results(path)
    seal_file(path)
    with open_results(path) as file:
        assert file["mu2"][0, 0] == 7.0


# --- how files get their seal --------------------------------------------------------------------


def test_a_file_without_room_for_a_seal_gets_none(whole: bytes, tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    unseal(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="no room for a seal"):
        seal_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("make", [lambda path: None, unseal], ids=["sealed", "of version 0.1.0"])
def test_what_is_added_to_is_sealed(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    make(path)
    path.write_bytes(extended_image(path.read_bytes(), [], [(MU3, np.ones((2, 2)))]))
    with open_results(path) as file:
        assert file.attrs["schema_version"] == 2
        np.testing.assert_array_equal(file["mu2"][()], [[0.0, 1.0], [2.0, 3.0]])
        np.testing.assert_array_equal(file["mu3"][()], np.ones((2, 2)))
        assert [dim[0].name for dim in file["mu3"].dims] == ["/replica", "/snapshot"]
    assert path.read_bytes().startswith(b"nnuniverse seal ")


def test_what_is_written_bit_by_bit_is_sealed(tmp_path: Path) -> None:
    path = tmp_path / "large.h5"
    with hdf5_file(path) as (file, _):
        file["x"] = np.arange(1000)
    before = path.read_bytes()
    assert before.startswith(b"nnuniverse seal ")
    seal_file(path)
    assert path.read_bytes() == before


# --- attributes ----------------------------------------------------------------------------------


def test_attributes_are_of_types_that_netcdf_knows(tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    odd = Variable(
        "mu3", MU2.dims, "x", "y", attributes={"yes": True, "many": np.array([True, False])}
    )
    replica = Axis("replica", "member", np.arange(2))
    path.write_bytes(extended_image(path.read_bytes(), [replica], [(odd, np.ones((2, 2)))]))
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        assert data.attrs["nothing"] == ""
        assert data.mu3.attrs["yes"] == 1
        data.to_netcdf(tmp_path / "copy.nc", engine="h5netcdf")
    with xarray.open_dataset(tmp_path / "copy.nc", engine="h5netcdf") as copy:
        np.testing.assert_array_equal(copy.mu3.attrs["many"], [1, 0])


def test_a_copy_that_xarray_makes_of_results_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "results.h5")
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        data.load().to_netcdf(tmp_path / "copy.h5", engine="h5netcdf")
    with open_results(tmp_path / "copy.h5") as copy:
        np.testing.assert_array_equal(copy["mu2"][()], [[0.0, 1.0], [2.0, 3.0]])
    with changed(path) as file:
        assert set(file) >= {"mu2", "epoch"}
