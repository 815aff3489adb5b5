"""The scalars that verdicts rest on, kept without their runs: an npz file of a few kilobytes."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from pathlib import Path

import numpy as np

from nnuniverse.axis_labels import label_text
from nnuniverse.claims.reproduction.judged_claims import MeasuredValues, UsedRun
from nnuniverse.runs import replace_file

Measured = Mapping[str, MeasuredValues]
"""By the id of a number."""

ABOUT = "about"
"""Of the file, the array that holds the runs and the protocols, as JSON."""


@dataclass(frozen=True)
class Scalars:
    """What was measured of every number, of the runs and of those of each protocol."""

    measured: Measured = field(default_factory=dict)
    runs: tuple[UsedRun, ...] = ()
    protocols: Mapping[str, Measured] = field(default_factory=dict)


def shipped_scalars(paper: str) -> Scalars:
    """Return the scalars of a paper that come with the package, none if there are none."""
    file = files("nnuniverse.claims") / "data" / f"{paper}.npz"
    return read_scalars(file.read_bytes()) if file.is_file() else Scalars()


def write_scalars(path: Path, scalars: Scalars) -> None:
    """Write ``scalars`` to ``path``; the same ones give the same bytes."""
    arrays = dict(_arrays("", scalars.measured))
    for number, measured in enumerate(scalars.protocols.values()):
        arrays |= dict(_arrays(f"protocol {number}/", measured))
    runs = [{**asdict(run), "folder": None} for run in scalars.runs]
    about = {"runs": runs, "protocols": list(scalars.protocols)}
    image = io.BytesIO()
    np.savez_compressed(image, allow_pickle=False, **{ABOUT: np.array(json.dumps(about)), **arrays})
    replace_file(path, image.getvalue(), "another --save")


def read_scalars(image: bytes) -> Scalars:
    """Return what `write_scalars` has written.

    ``image``: the content of the file.
    """
    with np.load(io.BytesIO(image), allow_pickle=False) as arrays:
        about = json.loads(str(arrays[ABOUT]))
        read = {name: arrays[name] for name in arrays.files if name != ABOUT}
    runs = [UsedRun(**{**run, "seeds": tuple(run["seeds"])}) for run in about["runs"]]
    protocols = {
        name: _measured(read, f"protocol {number}/")
        for number, name in enumerate(about["protocols"])
    }
    return Scalars(_measured(read, ""), tuple(runs), protocols)


def of_seeds(measured: MeasuredValues, seeds: Sequence[int]) -> MeasuredValues:
    """Return those of the values that are of ``seeds``.

    ``measured``: values with the seeds of their runs.
    """
    kept = np.flatnonzero(np.isin(measured.seeds, list(seeds)))
    return replace(
        measured,
        values=measured.values[kept],
        seeds=measured.seeds[kept],
        epochs=measured.epochs[kept],
        runs=tuple(measured.runs[k] for k in kept),
        against=None if measured.against is None else measured.against[kept],
        groups=tuple(measured.groups[k] for k in kept) if measured.groups else (),
    )


def _arrays(prefix: str, measured: Measured) -> Iterator[tuple[str, np.ndarray]]:
    for id_, of in measured.items():
        yield f"{prefix}{id_}/values", of.values
        yield f"{prefix}{id_}/seeds", of.seeds
        yield f"{prefix}{id_}/epochs", of.epochs
        yield f"{prefix}{id_}/runs", np.array(of.runs, dtype=np.str_)
        if of.against is not None:
            groups = [label_text(label) for label in of.groups]
            yield f"{prefix}{id_}/against", of.against
            yield f"{prefix}{id_}/groups", np.array(groups, dtype=np.str_)


def _measured(arrays: Mapping[str, np.ndarray], prefix: str) -> dict[str, MeasuredValues]:
    names = (name for name in arrays if name.startswith(prefix) and name.endswith("/values"))
    ids = [name.removeprefix(prefix).removesuffix("/values") for name in names]
    return {
        id_: MeasuredValues(
            arrays[f"{prefix}{id_}/values"],
            arrays[f"{prefix}{id_}/seeds"],
            arrays[f"{prefix}{id_}/epochs"],
            tuple(arrays[f"{prefix}{id_}/runs"].tolist()),
            arrays.get(f"{prefix}{id_}/against"),
            tuple(arrays[f"{prefix}{id_}/groups"].tolist())
            if f"{prefix}{id_}/groups" in arrays
            else (),
        )
        for id_ in ids
        if "/" not in id_
    }
