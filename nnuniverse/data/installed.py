"""Data sets that installed packages declare: functions that return one."""

from __future__ import annotations

from types import FunctionType

from nnuniverse import extensions
from nnuniverse.data.dataset import Dataset
from nnuniverse.errors import ConfigError, nearest


def load_installed(name: str) -> Dataset:
    """Return the data set that an installed package declares as ``name``.

    Raises ConfigError if there is none, if its function fails, or if that returns something else.
    """
    found = extensions.installed(extensions.DATA)
    if name not in found:
        known = ", ".join(found) or "nothing, as no installed package declares any"
        remedy = (
            "".join(f"data.name={one}" for one in nearest(name, found)[:1]) or "data.kind=embedded"
        )
        raise ConfigError("`data.name`", f"be one of {known}", f"is {name!r}", remedy)
    dataset = found[name].guarded(extensions.load(extensions.DATA, name, FunctionType))()
    if not isinstance(dataset, Dataset):
        raise ConfigError(
            found[name].subject,
            "return a nnuniverse.data.Dataset",
            f"returns a {type(dataset).__name__}",
            "nnuniverse.data.from_arrays",
        )
    return dataset
