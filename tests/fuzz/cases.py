"""The properties: whatever happens to a file, a command ends as a command does."""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import commands
import damage
import networkx as nx
import numpy as np
import scipy.sparse as sp
import yaml
from hypothesis import strategies as st

from nnuniverse.runs import look_at, open_results, open_run_folder
from nnuniverse.runs.schema import read_variable
from nnuniverse.runs.seal import SEAL_BYTES, sealed

TINY = {
    "replicas": 2,
    "network": {"hidden": [3]},
    "train": {"epochs": 3, "batch": 6},
    "observe": {"complexity_n": [2], "weights": "snapshots"},
}
LONGER = 5
FEW = "[boundary_loss, error_rate, log_eigenvalues, mu2, mu3, complexity]"


@dataclass
class Material:
    """Whole files of every kind, made by real commands, and a place for damaged copies."""

    place: Path
    nnu: commands.Commands
    scratch: Path = field(init=False)
    number: int = 0

    def __post_init__(self) -> None:
        self.scratch = self.place / "scratch"
        self.scratch.mkdir(parents=True)
        _write_data(self.place)
        self._make("run", TINY)
        graph = {"kind": "graph", "mask": {"kind": "npz", "path": str(self.place / "mask.npz")}}
        self._make("graph", {**TINY, "network": graph})
        sweep = {"name": "sweep", "base": "run.yaml", "axes": {"train.epochs": [3, 4]}}
        base = yaml.safe_load((self.place / "run.yaml").read_text())
        del base["replicas"]
        (self.place / "base.yaml").write_text(yaml.safe_dump(base))
        (self.place / "sweep.yaml").write_text(yaml.safe_dump({**sweep, "base": "base.yaml"}))
        self._do("sweep", "sweep.yaml", "--workers", "1")
        self._do("analyze", self.run)
        self.whole = contents(self.run / "results.h5")

    @property
    def run(self) -> Path:
        """A finished run that kept its weights."""
        return next((self.place / "runs" / "run").iterdir())

    @property
    def graph(self) -> Path:
        """A finished run of a graph."""
        return next((self.place / "runs" / "graph").iterdir())

    @property
    def sweep(self) -> Path:
        """A finished sweep."""
        return self.place / "runs" / "sweep"

    @cached_property
    def longer(self) -> dict[str, np.ndarray]:
        """What a run of `LONGER` epochs in one go holds, else like `run`."""
        self._do("train", "run.yaml", f"train.epochs={LONGER}", "--out", "longer")
        (folder,) = (self.place / "longer" / "run").iterdir()
        return contents(folder / "results.h5")

    @contextmanager
    def copy(self, folder: Path) -> Iterator[Path]:
        """Let a copy of ``folder`` be damaged."""
        self.number += 1
        root = self.scratch / str(self.number)
        shutil.copytree(folder, root / folder.parent.name / folder.name)
        yield root / folder.parent.name / folder.name
        shutil.rmtree(root)

    @contextmanager
    def empty(self) -> Iterator[Path]:
        """Let files be made in a new folder."""
        self.number += 1
        folder = self.scratch / str(self.number)
        folder.mkdir()
        yield folder
        shutil.rmtree(folder)

    def _make(self, name: str, config: dict[str, object]) -> None:
        data = {"kind": "npz", "path": str(self.place / "data.npz")}
        observe = {**TINY["observe"], "observables": yaml.safe_load(FEW)}
        content = {"name": name, **config, "data": data, "observe": observe}
        if name == "graph":
            content["observe"] = {**observe, "observables": ["boundary_loss", "mu2"]}
        (self.place / f"{name}.yaml").write_text(yaml.safe_dump(content))
        self._do("train", f"{name}.yaml")

    def _do(self, *command: object) -> None:
        outcome = self.nnu.run(*command, folder=self.place)
        assert outcome.code == 0, outcome
        assert not outcome.faults(), outcome


def _write_data(folder: Path) -> None:
    random = np.random.default_rng(0)
    arrays = {
        "x_train": random.integers(0, 256, (12, 4), dtype=np.uint8),
        "y_train": np.arange(12) % 3,
        "x_test": random.integers(0, 256, (6, 4), dtype=np.uint8),
        "y_test": np.arange(6) % 3,
    }
    np.savez(folder / "data.npz", **arrays)
    np.savez_compressed(folder / "packed.npz", **arrays)
    weights = np.tril(random.normal(size=(9, 9)), -1)
    np.savez(folder / "mask.npz", weights=weights)
    for form in ("csr", "csc", "coo"):
        sp.save_npz(folder / f"{form}.npz", sp.coo_array(weights).asformat(form))
    graph = nx.DiGraph()
    graph.add_weighted_edges_from((j, i, float(weights[i, j])) for i, j in np.argwhere(weights))
    nx.write_graphml(graph, folder / "mask.graphml")
    np.savez(folder / "pairs.npz", pairs=np.full((10, 10), 0.01))
    digits = folder / "digits"
    digits.mkdir()
    for split, name in (("train", "train"), ("test", "t10k")):
        images = arrays[f"x_{split}"].reshape(-1, 2, 2)
        head = np.array([2051, *images.shape], ">u4").tobytes()
        (digits / f"{name}-images-idx3-ubyte").write_bytes(head + images.tobytes())
        labels = arrays[f"y_{split}"].astype(np.uint8)
        head = np.array([2049, len(labels)], ">u4").tobytes()
        packed = gzip.compress(head + labels.tobytes(), mtime=0)
        (digits / f"{name}-labels-idx1-ubyte.gz").write_bytes(packed)


def contents(results: Path) -> dict[str, np.ndarray]:
    """Return every variable of a run's results."""
    with open_results(results) as file:
        return {name: read_variable(dataset) for name, dataset in file.items()}


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    """Assert that the results of two runs are the same bit by bit."""
    assert one.keys() == other.keys()
    for name, values in one.items():
        np.testing.assert_array_equal(values, other[name], err_msg=name)


def require_in_order(outcome: commands.Outcome) -> commands.Outcome:
    """Assert that a command ended as one does, and return how."""
    faults = outcome.faults()
    assert not faults, f"nnu {' '.join(outcome.command)} {faults}: {outcome.err[-3000:]}"
    return outcome


# --- damaged files -------------------------------------------------------------------------------

READING = ("analyze", "analyze --json", "plot loss", "plot spectrum", "report")
WITH_JAX = ("spectrum", "measure", "ensemble --method closed", "train --resume")
ON_RUN = (*READING, *READING, *WITH_JAX)


def _on(command: str, folder: Path) -> list[object]:
    first, *rest = command.split()
    return [first, *rest, folder] if first != "ensemble" else [first, folder, *rest]


def damaged_results(
    material: Material, edit: damage.Edit, seal: str, command: str, name: str
) -> None:
    """Results, or an analysis, whose bytes are other ones.

    ``seal``: kept, so that the damage is seen; none, as in files of others.
    """
    with material.copy(material.run) as folder:
        file = folder / name
        whole = file.read_bytes()
        head, content = whole[:SEAL_BYTES], whole[SEAL_BYTES:]
        changed = edit(whole) if seal == "kept" else edit(content)
        file.write_bytes(changed)
        outcome = require_in_order(material.nnu.run(*_on(command, folder), folder=folder))
        seen = seal == "kept" and changed[SEAL_BYTES:] != content and changed[:SEAL_BYTES] == head
        if seen and name == "results.h5" and command in READING:
            assert outcome.code == 1, outcome
        require_in_order(material.nnu.run("runs", "--out", folder.parent.parent, folder=folder))


def odd_results(material: Material, edit: damage.Edit, command: str, graph: bool) -> None:
    """Results that hold something else, as if they had been written so."""
    with material.copy(material.graph if graph else material.run) as folder:
        file = folder / "results.h5"
        file.write_bytes(sealed(edit(file.read_bytes()[SEAL_BYTES:])))
        require_in_order(material.nnu.run(*_on(command, folder), folder=folder))


def damaged_checkpoint(material: Material, edit: damage.Edit, digest: bool, both: bool) -> None:
    """Checkpoints whose bytes are other ones, with a digest that is right all the same or not."""
    with material.copy(material.run) as folder:
        files = sorted(folder.glob("checkpoint.*.npz"))
        for file in files if both else files[-1:]:
            content = file.read_bytes()
            if digest:
                archive = edit(content[:-32])
                file.write_bytes(archive + hashlib.sha256(archive).digest())
            else:
                file.write_bytes(edit(content))
        require_in_order(material.nnu.run("train", "--resume", folder, folder=folder))


def damaged_text(material: Material, edit: Callable[[str], str], name: str, command: str) -> None:
    """A config or provenance of a run that somebody has edited."""
    with material.copy(material.run) as folder:
        file = folder / name
        file.write_bytes(edit(file.read_text()).encode(errors="surrogatepass"))
        require_in_order(material.nnu.run(*_on(command, folder), folder=folder))
        require_in_order(material.nnu.run("runs", "--out", folder.parent.parent, folder=folder))


def damaged_sweep(material: Material, edit: damage.Edit, name: str, command: str) -> None:
    """A file of a sweep's own whose bytes are other ones."""
    with material.copy(material.sweep) as folder:
        file = folder / name
        file.write_bytes(edit(file.read_bytes()))
        _on_sweep(material, folder, command)


def odd_sweep(material: Material, edit: damage.Edit, command: str) -> None:
    """Results of a sweep that hold something else, as if they had been written so."""
    with material.copy(material.sweep) as folder:
        file = folder / "sweep.h5"
        file.write_bytes(sealed(edit(file.read_bytes()[SEAL_BYTES:])))
        _on_sweep(material, folder, command)


def _on_sweep(material: Material, folder: Path, command: str) -> None:
    words = [str(folder) if word == "SWEEP" else word for word in command.split()]
    words += ["--out", str(folder.parent)] if words[0] == "sweep" else []
    require_in_order(material.nnu.run(*words, folder=folder))


SWEEP_COMMANDS = (
    "plot sweep SWEEP --x epochs --y mu3",
    "rank SWEEP mu2.final",
    "sweep SWEEP --status",
    "analyze SWEEP",
    "sweep SWEEP --workers 1",
)

DATA = {
    "data.npz": "data={{kind: npz, path: {}}}",
    "packed.npz": "data={{kind: npz, path: {}}}",
    "mask.npz": "network={{kind: graph, mask: {{kind: npz, path: {}}}}}",
    "csr.npz": "network={{kind: graph, mask: {{kind: npz, path: {}}}}}",
    "csc.npz": "network={{kind: graph, mask: {{kind: npz, path: {}}}}}",
    "coo.npz": "network={{kind: graph, mask: {{kind: npz, path: {}}}}}",
    "mask.graphml": "network={{kind: graph, mask: {{kind: graphml, path: {}}}}}",
    "pairs.npz": "loss={{kind: bulk, pairs: {}}}",
    "digits/train-images-idx3-ubyte": "data={{kind: idx, directory: {}}}",
    "digits/train-labels-idx1-ubyte.gz": "data={{kind: idx, directory: {}}}",
}
"""Files that a config may name, and how it does."""


def damaged_data(material: Material, edit: damage.Edit, name: str, command: str) -> None:
    """A file that a config names, whose bytes are other ones."""
    with material.empty() as folder:
        source, to = material.place / name, folder / name
        if source.parent == material.place:
            shutil.copy(source, to)
            named = to
        else:
            shutil.copytree(source.parent, to.parent)
            named = to.parent
        to.write_bytes(edit(to.read_bytes()))
        override = DATA[name].format(named)
        words = [*command.split(), material.place / "run.yaml", override]
        require_in_order(material.nnu.run(*words, folder=folder))
        if command == "ensemble" and name.endswith(".npz"):
            require_in_order(material.nnu.run("ensemble", to, folder=folder))


# --- configs -------------------------------------------------------------------------------------


def malformed_config(
    material: Material, edit: Callable[[str], str] | None, overrides: list[str], command: str
) -> None:
    """A config that is none, and overrides that change nothing sensible."""
    with material.empty() as folder:
        text = (material.place / "run.yaml").read_text()
        path = folder / "config.yaml"
        path.write_bytes((edit(text) if edit else text).encode(errors="surrogatepass"))
        require_in_order(material.nnu.run(*command.split(), path, *overrides, folder=folder))


def malformed_sweep(material: Material, edit: Callable[[str], str], overrides: list[str]) -> None:
    """A sweep file that is none."""
    with material.empty() as folder:
        shutil.copy(material.place / "base.yaml", folder)
        path = folder / "sweep.yaml"
        text = edit((material.place / "sweep.yaml").read_text())
        path.write_bytes(text.encode(errors="surrogatepass"))
        # What asks for a hundred thousand points may take its time.
        words = ["sweep", path, *overrides, "seeds=1", "--status"]
        require_in_order(material.nnu.run(*words, folder=folder))


# --- kills ---------------------------------------------------------------------------------------


def killed_training(material: Material, at: int, again: int | None) -> None:
    """A run killed at its ``at``-th operation on files, and once more when it is resumed."""
    with material.empty() as folder:
        config = material.place / "run.yaml"
        words = ("train", config, "checkpoint.seconds=0", "--out", folder)
        killed = material.nnu.run(*words, folder=folder, kill_at=at)
        assert killed.code in (-9, 0), killed
        runs = [run for run in folder.glob("run/*") if not run.name.startswith(".")]
        if not runs:
            require_in_order(material.nnu.run(*words, folder=folder))
            runs = [run for run in folder.glob("run/*") if not run.name.startswith(".")]
        (run,) = runs
        require_in_order(material.nnu.run("runs", "--out", folder, folder=folder))
        if again:
            material.nnu.run("train", "--resume", run, folder=folder, kill_at=again)
        outcome = require_in_order(material.nnu.run("train", "--resume", run, folder=folder))
        assert outcome.code == 0, outcome
        assert_same(contents(run / "results.h5"), material.whole)
        require_in_order(material.nnu.run("spectrum", run, folder=folder))


def killed_extension(material: Material, at: int) -> None:
    """A finished run killed while it is made longer: it is the old one, or to be resumed."""
    with material.copy(material.run) as run:
        words = ("train", "--resume", run, f"train.epochs={LONGER}", "checkpoint.seconds=0")
        killed = material.nnu.run(*words, folder=run, kill_at=at)
        assert killed.code in (-9, 0), killed
        found = look_at(open_run_folder(run)).summary
        assert (found.status, found.of_epochs) in (
            ("complete", TINY["train"]["epochs"]),
            ("resumable", LONGER),
            ("complete", LONGER),
        )
        if found.of_epochs == LONGER:
            words = words[:3]
        outcome = require_in_order(material.nnu.run(*words, folder=run))
        assert outcome.code == 0, outcome
        assert_same(contents(run / "results.h5"), material.longer)


def killed_command(material: Material, command: str, at: int) -> None:
    """A command on a finished run killed at its ``at``-th operation; the run stays what it was."""
    with material.copy(material.run) as folder:
        killed = material.nnu.run(*_on(command, folder), folder=folder, kill_at=at)
        assert killed.code in (-9, 0), killed
        again = require_in_order(material.nnu.run(*_on(command, folder), folder=folder))
        assert again.code == 0 or "recorded there already" in again.err, again
        now = contents(folder / "results.h5")
        assert_same({name: now[name] for name in material.whole}, material.whole)


def killed_sweep(material: Material, at: int) -> None:
    """A sweep whose own process is killed at its ``at``-th operation, then done again."""
    with material.empty() as folder:
        words = ("sweep", material.place / "sweep.yaml", "--workers", "1", "--out", folder)
        killed = material.nnu.run(*words, folder=folder, kill_at=at)
        assert killed.code in (-9, 0), killed
        again = require_in_order(material.nnu.run(*words, folder=folder))
        assert again.code == 0, again
        status = require_in_order(material.nnu.run(*words, "--status", folder=folder))
        assert "done      2" in status.out, status


# --- what is drawn for each ----------------------------------------------------------------------

TEXTS = st.sampled_from(["config.yaml", "provenance.json"])

PROPERTIES: dict[str, tuple[Callable[..., None], dict[str, st.SearchStrategy[object]]]] = {
    "results": (
        damaged_results,
        {
            "edit": damage.edits(),
            "seal": st.sampled_from(["kept", "none"]),
            "command": st.sampled_from(ON_RUN),
            "name": st.sampled_from(["results.h5", "results.h5", "analysis.h5"]),
        },
    ),
    "odd results": (
        odd_results,
        {
            "edit": damage.hdf5_edits(),
            "command": st.sampled_from(ON_RUN),
            "graph": st.booleans(),
        },
    ),
    "checkpoints": (
        damaged_checkpoint,
        {"edit": damage.edits(), "digest": st.booleans(), "both": st.booleans()},
    ),
    "texts of a run": (
        damaged_text,
        {
            "edit": damage.text_edits(),
            "name": TEXTS,
            "command": st.sampled_from([*READING, *WITH_JAX]),
        },
    ),
    "sweeps": (
        damaged_sweep,
        {
            "edit": damage.edits(),
            "name": st.sampled_from(["sweep.h5", "sweep.csv", "sweep.yaml", ".seen.json"]),
            "command": st.sampled_from(SWEEP_COMMANDS),
        },
    ),
    "odd sweeps": (
        odd_sweep,
        {"edit": damage.hdf5_edits(), "command": st.sampled_from(SWEEP_COMMANDS)},
    ),
    "data files": (
        damaged_data,
        {
            "edit": damage.edits(),
            "name": st.sampled_from(sorted(DATA)),
            "command": st.sampled_from(["data show", "spectrum", "ensemble", "train"]),
        },
    ),
    "configs": (
        malformed_config,
        {
            "edit": st.one_of(st.none(), damage.text_edits()),
            "overrides": st.lists(damage.overrides(), max_size=3),
            "command": st.sampled_from(["config validate", "config show", "config show"]),
        },
    ),
    "sweep files": (
        malformed_sweep,
        {"edit": damage.text_edits(), "overrides": st.lists(damage.overrides(), max_size=1)},
    ),
    "kills in training": (
        killed_training,
        {"at": st.integers(1, 40), "again": st.one_of(st.none(), st.integers(1, 20))},
    ),
    "kills in extending": (killed_extension, {"at": st.integers(1, 40)}),
    "kills in other commands": (
        killed_command,
        {
            "command": st.sampled_from(["measure", "analyze", "report", "plot loss"]),
            "at": st.integers(1, 25),
        },
    ),
    "kills of sweeps": (killed_sweep, {"at": st.integers(1, 15)}),
}
"""By name: what has to hold, and what it is tried with."""
