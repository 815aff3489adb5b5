"""``nnu plot``: figures and their numbers land where they should, and nothing else changes."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from changing import changed
from plain_plots import PLAIN

from nnuniverse.plots import PLOTS, PlotSettings, as_csv
from nnuniverse.plots.uses import options_of
from nnuniverse.runs import read_run

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Copied = Callable[[], Path]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]

SIGNATURES = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF-"}
SUFFIXES = [".png", ".svg", ".pdf", ".csv"]


@pytest.fixture(scope="session")
def whole(finished: Any, shared: Path) -> Path:
    """A run with every variable that a plot needs; nobody writes into it."""
    folder = Path(shutil.copytree(finished.folder, shared / "whole" / "tiny" / "run"))
    with changed(folder / "results.h5") as file:
        if "bulk_loss" not in file:
            file["bulk_loss"] = 2.0 * file["boundary_loss"][()]
            for number, dim in enumerate(("replica", "snapshot")):
                file["bulk_loss"].dims[number].attach_scale(file[dim])
    return folder


def drawn(nnu: Nnu, *arguments: object) -> list[Path]:
    """Run ``nnu plot``; return the files that it names, after checking that they are there."""
    result = nnu("plot", *arguments)
    assert (result.code, result.err) == (0, "")
    files = [Path(line) for line in result.out.splitlines()]
    for file in files:
        assert file.stat().st_size > 100
        assert file.read_bytes().startswith(SIGNATURES.get(file.suffix, b""))
    return files


def test_the_model_needs_no_run(nnu: Nnu) -> None:
    files = drawn(nnu, "laplacian")
    assert files == [Path("figures", f"laplacian{suffix}") for suffix in SUFFIXES]
    assert sorted(Path("figures").iterdir()) == sorted(files)
    with Path("figures/laplacian.csv").open() as file:
        betas = {float(row["beta"]) for row in csv.DictReader(file)}
    assert betas == {0.25, 0.5, 0.73, 1.0}


def test_the_model_as_asked_for(nnu: Nnu) -> None:
    options = ("--beta", 2, "--gamma", 0.25, "--gamma", 0.5, "--neurons", 7)
    drawn(nnu, "laplacian", "--format", "svg", *options)
    with Path("figures/laplacian.csv").open() as file:
        rows = {(row["beta"], row["gamma"], row["neurons"]) for row in csv.DictReader(file)}
    assert rows == {("2.0", "0.25", "7"), ("2.0", "0.5", "7")}


@pytest.mark.parametrize("name", PLAIN)
def test_every_plot_of_a_run(name: str, whole: Path, nnu: Nnu) -> None:
    files = drawn(nnu, name, whole, "--format", "svg", "--out", "here")
    assert files == [Path("here", f"{name}.svg"), Path("here", f"{name}.csv")]
    table = PLOTS[name].make([read_run(whole)], PlotSettings())
    assert files[1].read_bytes() == as_csv(table)


def test_figures_of_one_run_go_into_its_folder_and_nothing_else_changes(
    copied: Copied, content: Content, nnu: Nnu
) -> None:
    folder = copied()
    before = content(folder)
    files = drawn(nnu, "loss", folder)
    assert files == [folder / "figures" / f"loss{suffix}" for suffix in SUFFIXES]
    after = content(folder)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {f"figures/loss{suffix}" for suffix in SUFFIXES}


def test_figures_of_several_runs_go_into_the_folder_figures(
    finished: Any, copied: Copied, content: Content, nnu: Nnu
) -> None:
    folder = copied()
    before = content(folder)
    files = drawn(nnu, "complexity", finished.folder, folder, "--format", "png")
    run = f"tiny-{folder.name}"
    assert files == [Path(f"figures/complexity-{run}-{run}.{form}") for form in ("png", "csv")]
    assert content(folder) == before


def test_drawing_again_replaces_the_files(finished: Any, nnu: Nnu) -> None:
    files = drawn(nnu, "moments", finished.folder, "--out", "here")
    first = {file: file.read_bytes() for file in files}
    assert drawn(nnu, "moments", finished.folder, "--out", "here", "--linear") == files
    figures = [file for file in files if file.suffix != ".csv"]
    assert not any(file.read_bytes() == first[file] for file in figures), "replaced"
    assert drawn(nnu, "moments", finished.folder, "--out", "here") == files
    assert {file: file.read_bytes() for file in files} == first
    assert sorted(Path("here").iterdir()) == sorted(files)


def test_formats_are_drawn_once_each(finished: Any, nnu: Nnu) -> None:
    formats = [part for form in ("pdf", "svg", "pdf") for part in ("--format", form)]
    files = drawn(nnu, "loss", finished.folder, "--out", "here", *formats)
    assert [file.suffix for file in files] == [".pdf", ".svg", ".csv"]


def test_all_draws_what_the_run_allows_and_says_what_not(diverged: Any, nnu: Nnu) -> None:
    folder = json.loads(diverged.out)["run"]
    result = nnu("plot", "all", folder, "--format", "svg", "--out", "here")
    assert result.code == 0
    made = {Path(line).stem for line in result.out.splitlines()}
    reasons = dict(
        line.removeprefix("nnu: ").split(" is not drawn: ") for line in result.err.splitlines()
    )
    assert made | set(reasons) == set(PLAIN)
    assert not made & set(reasons)
    assert "`log_eigenvalues`" in reasons["spectrum"]
    assert "observe.observables=all" in reasons["moments"]
    assert "laplacian" in made
    assert {file.stem for file in Path("here").iterdir()} == made
    printed = json.loads(nnu("plot", "all", folder, "--format", "svg", "--json").out)
    assert set(printed["skipped"]) == set(reasons)


def test_all_of_a_whole_run_is_everything(whole: Path, nnu: Nnu) -> None:
    files = drawn(nnu, "all", whole, "--format", "svg", "--out", "here")
    assert [file.stem for file in files if file.suffix == ".svg"] == PLAIN


def test_what_was_drawn_as_json(finished: Any, nnu: Nnu) -> None:
    result = nnu("plot", "loss", finished.folder, "--out", "here", "--json")
    assert (result.code, result.err) == (0, "")
    files = [f"here/loss{suffix}" for suffix in SUFFIXES]
    assert json.loads(result.out) == {"files": files, "skipped": {}}


def test_either_axis_begins_with_the_untrained_net(finished: Any, nnu: Nnu) -> None:
    def first(*options: str) -> str:
        drawn(nnu, "loss", finished.folder, "--out", "here", "--format", "svg", *options)
        with Path("here/loss.csv").open() as file:
            return next(csv.DictReader(file))["epoch"]

    assert (first(), first("--linear")) == ("0", "0")


def test_a_replica_is_chosen(finished: Any, nnu: Nnu) -> None:
    for options, replica in (((), "0"), (("--replica", 1), "1")):
        drawn(nnu, "eigenvalues", finished.folder, "--out", "here", "--format", "svg", *options)
        with Path("here/eigenvalues.csv").open() as file:
            assert {row["replica"] for row in csv.DictReader(file)} == {replica}


def test_the_snapshot_that_stands_for_another_epoch_is_named(finished: Any, nnu: Nnu) -> None:
    options = ("--out", "here", "--format", "svg", "--epoch", 1000)
    result = nnu("plot", "spectrum", finished.folder, *options)
    assert result.code == 0
    assert result.err == (
        "nnu: spectrum: there is no snapshot at epoch 1000: the nearest, at epoch 3, is drawn\n"
    )
    with Path("here/spectrum.csv").open() as file:
        assert {row["epoch"] for row in csv.DictReader(file)} == {"3"}


def test_width_and_style_of_the_users(finished: Any, nnu: Nnu) -> None:
    Path("sheet").write_text("savefig.dpi: 100\n")
    options = ("--out", "here", "--format", "png")
    for given, pixels in ((("--width", "double"), 700), (("--width", 5), 500)):
        drawn(nnu, "loss", finished.folder, *options, *given, "--style", "sheet")
        assert int.from_bytes(Path("here/loss.png").read_bytes()[16:20], "big") == pixels


def test_a_plot_is_animated(finished: Any, nnu: Nnu) -> None:
    options = ("--animate", "--format", "gif", "--out", "here")
    (file,) = drawn(nnu, "eigenvalues", finished.folder, *options)
    assert file == Path("here/eigenvalues.gif")
    first = file.read_bytes()
    assert first.startswith(b"GIF89a")
    assert drawn(nnu, "eigenvalues", finished.folder, *options) == [file]
    assert file.read_bytes() == first, "drawn again, over what is ours"


def test_no_animation_takes_the_place_of_another_file(finished: Any, refused: Refused) -> None:
    Path("here").mkdir()
    Path("here/loss.gif").write_bytes(b"GIF89a, mine")
    options = ("--animate", "--format", "gif", "--out", "here")
    assert "here/loss.gif" in refused("plot", "loss", finished.folder, *options)
    assert Path("here/loss.gif").read_bytes() == b"GIF89a, mine"


def test_without_ffmpeg_there_is_a_gif_and_a_remark(
    finished: Any, nnu: Nnu, refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    result = nnu("plot", "loss", finished.folder, "--animate", "--out", "here")
    assert (result.code, result.out) == (0, "here/loss.gif\n")
    assert "nnuniverse[animation]" in result.err
    film = ("--animate", "--format", "mp4", "--out", "there")
    assert "nnuniverse[animation]" in refused("plot", "loss", finished.folder, *film)
    assert not Path("there").exists()


# --- refusals ----------------------------------------------------------------------------------


def test_a_wrong_name_lists_the_right_ones(finished: Any, refused: Refused) -> None:
    assert refused("plot", "losses", finished.folder).endswith(
        "is 'losses'. Try one of loss, loss-plane."
    )
    line = refused("plot", "zzz", finished.folder)
    assert "'zzz'" in line
    assert ", ".join([*PLOTS, "all"]) in line


def test_wrong_usage_writes_nothing(finished: Any, refused: Refused) -> None:
    assert "`--format`" in refused("plot", "loss", finished.folder, "--format", "jpg")
    assert "gif or mp4" in refused("plot", "loss", finished.folder, "--animate", "--format", "png")
    assert "`--animate`" in refused("plot", "loss-plane", finished.folder, "--animate")
    assert "RUN" in refused("plot", "loss")
    assert "RUN" in refused("plot", "all")
    assert "RUN 'nowhere' must be a run folder" in refused("plot", "loss", "nowhere")
    assert "`--replica`" in refused(
        "plot", "eigenvalues", finished.folder, "--replica", 2, "--out", "x"
    )
    assert "`--beta`" in refused("plot", "thermodynamics", finished.folder, "--beta", -1)
    assert "be 0 or more" in refused("plot", "spectrum", finished.folder, "--epoch", -1)
    assert "`--width`" in refused("plot", "loss", finished.folder, "--width", "wide")
    assert "`--style`" in refused("plot", "loss", finished.folder, "--style", "nowhere")
    assert "`--where`" in refused("plot", "loss", finished.folder, "--where", "depth")
    assert "`--where`" in refused("plot", "loss", finished.folder, "--where", "depth=3")
    assert "`--hue`" in refused("plot", "loss", finished.folder, "--hue", "depth")
    loss = ("--loss", "running_boundary_loss")
    for name in ("loss-plane", "complexity-loss"):
        assert "`--loss`" in refused("plot", name, finished.folder, *loss, "--out", "x")
    assert list(Path().iterdir()) == []


def test_an_option_of_other_plots_is_refused(finished: Any, refused: Refused) -> None:
    line = refused("plot", "spectrum", finished.folder, "--loss", "foo")
    assert "`--loss` must be used by the plot spectrum" in line
    assert "loss-plane or complexity-loss" in line
    assert "`--beta`" in refused("plot", "loss", finished.folder, "--beta", 1)
    assert "`--log`" in refused("plot", "loss-plane", finished.folder, "--log")
    assert "`--x`" in refused("plot", "all", finished.folder, "--x", "depth")
    assert "`--replica`" in refused("plot", "sweep", finished.folder, "--replica", 0)
    assert list(Path().iterdir()) == []


def test_the_help_says_which_plot_uses_which_options(nnu: Nnu) -> None:
    text = " ".join(nnu("plot", "--help").out.split())
    assert "loss-plane --hue, --loss, --where" in text
    assert all(f" {name} --" in text for name in [*PLOTS, "sweep"] if options_of(name))


def test_a_variable_that_was_not_recorded(diverged: Any, refused: Refused) -> None:
    folder = json.loads(diverged.out)["run"]
    line = refused("plot", "spectrum", folder, "--out", "here", code=1)
    assert "`log_eigenvalues`" in line
    assert "observe.observables=all" in line
    assert not Path("here").exists()


def test_a_run_whose_results_are_damaged(copied: Copied, refused: Refused) -> None:
    folder = copied()
    (folder / "results.h5").write_bytes(b"text")
    assert "results" in refused("plot", "loss", folder, code=1)
    assert not (folder / "figures").exists()


def test_a_folder_that_cannot_be_made(refused: Refused) -> None:
    Path("taken").write_text("mine")
    line = refused("plot", "laplacian", "--out", "taken/figures", code=1)
    assert "writable" in line
    assert Path("taken").read_text() == "mine"
