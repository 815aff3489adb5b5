"""The shape of ``results.h5``: HDF5 as netCDF4 writes it, so that xarray reads it as it is."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from io import BytesIO

import h5py
import numpy as np

from nnuniverse.runs.seal import HDF5_SIGNATURE, SEAL_BYTES, sealed
from nnuniverse.variables import Axis, Variable

SCHEMA_VERSION = 2
"""2: files have a seal, see `seal`."""

FILL_VALUE = 9.969209968386869e36
"""netCDF's own mark for "nothing here", which readers turn into a missing value."""


def file_image(
    axes: Sequence[Axis],
    variables: list[tuple[Variable, np.ndarray]],
    attributes: Mapping[str, object],
) -> bytes:
    """Return a sealed HDF5 file with dimension scales; what is not finite is stored as missing.

    As bytes, since HDF5 does not fail cleanly when it meets a full disk.

    ``axes``: the dimensions; ``variables``: what is stored, each with its values; ``attributes``:
    what the file says of itself, by name.
    """
    with _memory_file() as file:
        write_attributes(file, {"schema_version": SCHEMA_VERSION, **attributes})
        for axis in axes:
            write_axis(file, axis)
        for variable, values in variables:
            _write_variable(file, variable, values)
        file.flush()
        content: bytes = file.id.get_file_image()  # without the user block
    return sealed(content)


def _memory_file() -> h5py.File:
    """Open a file in memory that keeps the order of its names, and no time of its own."""
    creation = h5py.h5p.create(h5py.h5p.FILE_CREATE)
    creation.set_userblock(SEAL_BYTES)
    creation.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    creation.set_attr_creation_order(h5py.h5p.CRT_ORDER_TRACKED | h5py.h5p.CRT_ORDER_INDEXED)
    creation.set_obj_track_times(False)
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_fapl_core(64 * 1024, False)
    name = uuid.uuid4().hex.encode()  # two files in memory of one name would be one
    return h5py.File(h5py.h5f.create(name, h5py.h5f.ACC_TRUNC, creation, access))


def extended_image(
    image: bytes, axes: Sequence[Axis], variables: list[tuple[Variable, np.ndarray]]
) -> bytes:
    """Return the HDF5 file ``image`` with ``variables`` added, and the ``axes`` that it lacks.

    What is in it stays as it is, but that it is sealed.
    """
    memory = BytesIO(bytes(SEAL_BYTES) + image[image.index(HDF5_SIGNATURE) :])
    with h5py.File(memory, "r+") as file:
        file.attrs["schema_version"] = SCHEMA_VERSION
        for axis in axes:
            if axis.name not in file:
                write_axis(file, axis)
        for variable, values in variables:
            _write_variable(file, variable, values)
    return sealed(memory.getvalue()[SEAL_BYTES:])


def write_attributes(place: h5py.File | h5py.Dataset, attributes: Mapping[str, object]) -> None:
    """Write ``attributes``, as types that netCDF knows: it has no truth values, and no nothing.

    ``place``: the file, or a variable in it.
    """
    written = place.attrs
    for key, value in attributes.items():
        known = "" if value is None else value
        array = np.asarray(known)
        written[key] = array.astype(np.int8) if array.dtype == np.bool_ else known


def write_axis(file: h5py.File, axis: Axis) -> None:
    """Write a dimension and its coordinate values.

    ``file``: the open file; ``axis``: with its values.
    """
    text = axis.values.dtype == object
    scale = file.create_dataset(
        axis.name, data=axis.values, dtype=h5py.string_dtype() if text else None
    )
    scale.make_scale(axis.name)
    write_attributes(scale, {"long_name": axis.long_name, "units": "1"})


def _write_variable(file: h5py.File, variable: Variable, values: np.ndarray) -> None:
    create_variable(file, variable, data=filled(values, variable.dtype))


def create_variable(file: h5py.File, variable: Variable, **dataset: object) -> h5py.Dataset:
    """Return a new dataset for ``variable``, described; ``dataset``: for h5py, what it holds.

    ``file``: the open file.
    """
    created = file.create_dataset(variable.name, **dataset)
    if np.issubdtype(created.dtype, np.floating):
        created.attrs["_FillValue"] = np.asarray([FILL_VALUE], created.dtype)
    described = {
        "units": variable.units,
        "long_name": variable.long_name,
        "source": variable.source,
    }
    write_attributes(created, {**described, **variable.attributes})
    for number, name in enumerate(variable.dims):  # as `Dataset.dims` does, which opens all of them
        h5py.h5ds.attach_scale(created.id, h5py.h5d.open(file.id, name.encode()), number)
    return created


def filled(values: np.ndarray, dtype: str) -> np.ndarray:
    """Return ``values`` as they are stored: of type ``dtype``, a mark where not finite."""
    values = np.asarray(values, dtype)
    if np.issubdtype(values.dtype, np.floating):
        values = np.where(np.isfinite(values), values, np.asarray(FILL_VALUE, values.dtype))
    return values


def read_variable(dataset: h5py.Dataset) -> np.ndarray:
    """Return the array of a variable, with NaN for what is missing; text as objects.

    ``dataset``: of the open file.
    """
    if h5py.check_string_dtype(dataset.dtype):
        return np.asarray(dataset.asstr()[()], object)
    values: np.ndarray = dataset[()]
    if np.issubdtype(values.dtype, np.floating):
        values = np.where(values == np.asarray(FILL_VALUE, values.dtype), np.nan, values)
    return values
