"""A finished tiny run, a hostile one, and their pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest
from changing import changed
from tiny_data import save_tiny_data

from nnuniverse import parse_config, start_run
from nnuniverse.analysis import AnalysisSettings, analyse
from nnuniverse.plots import PlotSettings
from nnuniverse.reports import report_page

SCRIPT = "<script>window.marker='{0}';alert('{0}')</script>"
IMAGE = "\"'><img src=x onerror=\"window.marker='{0}'\">"
CLOSED = "</pre></title></td></style><script>window.marker='{0}'</script>{{{{ 7*7 }}}}"


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of the net 4-5-3 for four epochs; nobody writes into it."""
    shared = tmp_path_factory.mktemp("run")
    save_tiny_data(shared / "data.npz")
    config = {
        "name": "tiny",
        "replicas": 2,
        "data": {"kind": "npz", "path": str(shared / "data.npz")},
        "network": {"hidden": [5]},
        "train": {"epochs": 4, "batch": 4},
        "observe": {"observables": "all", "complexity_n": [2, 8]},
    }
    start_run(parse_config(config), shared)
    (folder,) = (shared / "tiny").iterdir()
    with changed(folder / "results.h5") as file:
        if "bulk_loss" not in file:  # what every plot needs, whether or not this loss is measured
            _add(file, "bulk_loss")
    return folder


def _add(file: h5py.File, name: str) -> None:
    """Add a variable over replica and snapshot."""
    file[name] = 2.0 * file["boundary_loss"][()]
    for number, dim in enumerate(("replica", "snapshot")):
        file[name].dims[number].attach_scale(file[dim])


def _hostile(run: Path, root: Path, *, spectrum: bool) -> Path:
    """Copy the run with markup wherever a run folder can have text, its own name included."""
    # A name cannot hold a slash, but the page shows the last two together.
    parent = root / f"{spectrum}\"><script>window.marker='folder'<"
    folder = Path(shutil.copytree(run, parent / "script><img src=x onerror=window.marker=1>"))
    config = folder / "config.yaml"
    text = config.read_text().replace("data.npz", "data'' " + IMAGE.format("path") + ".npz")
    config.write_text("# " + CLOSED.format("comment") + "\n" + text)
    provenance = json.loads((folder / "provenance.json").read_text())
    (segment,) = provenance["segments"]
    for key in ("started", "ended", "status", "platform", "device", "python"):
        segment[key] = SCRIPT.format(key) + IMAGE.format(key) + CLOSED.format(key)
    segment["packages"] = {IMAGE.format("package"): SCRIPT.format("version")}
    segment["source"] = {"commit": SCRIPT.format("commit") + "\x00\ud800]]>-->", "diff": "x"}
    provenance["data"] = {"name": SCRIPT.format("data"), "fingerprint": IMAGE.format("data")}
    (folder / "provenance.json").write_text(json.dumps(provenance))
    with changed(folder / "results.h5") as file:
        file.attrs["run_hash"] = IMAGE.format("hash")
        for dataset in file.values():
            dataset.attrs["long_name"] = SCRIPT.format("long_name")
            dataset.attrs["source"] = CLOSED.format("source")
        _add(file, IMAGE.format("variable") + "_loss")
        if not spectrum:
            del file["log_eigenvalues"]
            file.attrs["network"] = SCRIPT.format("network") + CLOSED.format("network")
    return folder


def _page(*folders: Path) -> bytes:
    settings = AnalysisSettings(resamples=99)
    analyses = [analyse(folder, settings) for folder in folders]
    page = report_page(analyses, PlotSettings(analysis=settings))
    return page.encode(errors="replace")


@pytest.fixture(scope="session")
def page_of() -> Callable[..., bytes]:
    """Make the page of run folders."""
    return _page


@pytest.fixture(scope="session")
def page(run: Path) -> str:
    """The page of the finished run."""
    return _page(run).decode()


@pytest.fixture(scope="session")
def hostile_page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that compares two hostile runs, one of them without a spectrum."""
    root = tmp_path_factory.mktemp("hostile")
    folders = [_hostile(run, root, spectrum=spectrum) for spectrum in (True, False)]
    return _page(*folders).decode()
