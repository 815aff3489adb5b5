"""A finished tiny run, a hostile one, and their pages."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from changing import changed
from made_claims import STATEMENTS, measured, printed
from tiny_data import save_tiny_data

from nnuniverse import parse_config, start_run
from nnuniverse.analysis import AnalysisSettings, analyse
from nnuniverse.claims.reproduction.judged_claims import JudgedPaper, MeasuredValues, UsedRun
from nnuniverse.claims.reproduction.judging import judge_numbers
from nnuniverse.claims.reproduction.printed_numbers import PrintedNumber, PrintedPaper
from nnuniverse.plots import PlotSettings
from nnuniverse.reports import report_page, reproduction_page

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


# --- a paper's judged numbers --------------------------------------------------------------------

NO_RUN = {"quantity": None, "run": None}


def _numbers(**texts: str) -> list[PrintedNumber]:
    """Return a number of every kind; ``texts``: of each."""
    common = {"scale": "cbrt", "family": "numbers", "figure": 5} | texts
    return [
        printed("F1.extrema", cannot="A30", figure=1, **NO_RUN, **texts),
        printed("F1.curves", statement="A29", figure=1, **NO_RUN, **texts),
        printed("E1", at_least=2.0, figure=2, **texts),
        printed("E4.mu3", **{"printed": "-2.7e-10", "margin": {"absolute": 0.01}} | common),
        printed("E4.mu2", **{"printed": "1.84"} | common),
        printed("E4.sign", sign="-", figure=5, **texts),
        printed("E5.clear", count={"level": 0.05}, figure=5, **texts),
        printed("E9", rank_correlation={"against": "mu3.final", "sign": "+"}, **texts),
        printed("E6.far", figure=7, **texts),
    ]


def _measured(run: str) -> dict[str, MeasuredValues | str]:
    random = np.random.default_rng(0)
    spread = random.standard_normal(10)
    return {
        "E1": measured(0.3 + 0.1 * spread, runs=(run,) * 10),
        "E4.mu3": measured(-0.12 + 0.02 * spread, runs=(run,) * 10),
        "E4.mu2": measured(1.9 + 0.2 * spread, runs=(run,) * 10),
        "E4.sign": measured(-0.5 + spread, runs=(run,) * 10),
        "E5.clear": measured([1.0, np.nan, 0.0, 0.0, 1.0], runs=(run,) * 5),
        "E9": measured(spread, runs=("elsewhere/1",) * 10, against=spread + 1.0),
        "E6.far": f"{run} has 4 of 30,000 epochs",
    }


def _used(run: str, folder: Path | None, **texts: str) -> UsedRun:
    told = {"status": "complete", "config_hash": "c0ffee", "data": "da7a", "commit": "c0de"}
    told |= {"command": "nnu train configs/deep.yaml"} | texts
    return UsedRun(
        run=run,
        of="deep",
        seeds=tuple(range(10)),
        epochs=10_000,
        train_samples=6_000,
        packages={"jax": "0.11", texts.get("status", "numpy"): "2"},
        protocol={"train.batch": 100, texts.get("status", "seed"): texts.get("data", 0)},
        folder=folder,
        seconds=360.0,
        **told,
    )


def _judged(numbers: list[PrintedNumber], runs: tuple[UsedRun, ...], title: str) -> JudgedPaper:
    paper = PrintedPaper(paper="2004.09280", title=title, numbers=tuple(numbers))
    claims = judge_numbers(numbers, _measured(runs[0].run), STATEMENTS)
    unused = (f"{runs[0].run}: not whole",)
    return JudgedPaper(paper, claims, runs, unused, True, "0", "nnu reproduce paper.yaml --judge")


@pytest.fixture(scope="session")
def judged(run: Path) -> JudgedPaper:
    """A number of every kind, judged by a run that is there and one that is not."""
    runs = (_used(f"tiny/{run.name}", run), _used("elsewhere/1", None))
    return _judged(_numbers(), runs, "A paper")


@pytest.fixture(scope="session")
def judged_page(judged: JudgedPaper) -> str:
    """Its page."""
    return reproduction_page(judged)


@pytest.fixture(scope="session")
def hostile_judged_page(run: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a file of printed numbers, and of runs, with markup in all their texts."""
    folder = _hostile(run, tmp_path_factory.mktemp("hostile"), spectrum=True)
    texts = {key: SCRIPT.format(key) + IMAGE.format(key) + "`" for key in ("says", "where")}
    texts |= {key: CLOSED.format(key) + "x" * 200 for key in ("reading", "reason")}
    words = {key: SCRIPT.format(key) + CLOSED.format(key) for key in ("status", "commit", "data")}
    words |= {key: IMAGE.format(key) + "`" for key in ("command", "config_hash")}
    runs = (_used(IMAGE.format("run") + CLOSED.format("run"), folder, **words),)
    return reproduction_page(_judged(_numbers(**texts), runs, SCRIPT.format("title")))
