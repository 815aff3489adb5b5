"""Every command that takes a RUN takes what people call one; lists of them; runs known already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nnu = Callable[..., Any]
Refused = Callable[..., str]

OTHER = "20260101T000000Z-00000000"


@pytest.fixture
def two(copied: Callable[[], Path], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """An older run of name other and the finished one, of name tiny, under `runs`."""
    newer = Path("runs/tiny") / copied().name
    older = Path("runs/other") / OTHER
    for folder in (newer, older):
        shutil.copytree(copied_folder(), folder)
    config = older / "config.yaml"
    config.write_text(config.read_text().replace("name: tiny", "name: other"))
    return older, newer


def copied_folder() -> Path:
    (folder,) = Path("copies/tiny").iterdir()
    return folder


WORDS = {"latest": 1, "tiny": 1, "other": 0, "202601": 0, "other/2026": 0, "name=other": 0}


@pytest.mark.parametrize("word", WORDS)
def test_reading_commands_take_every_word(word: str, two: tuple[Path, Path], nnu: Nnu) -> None:
    meant = two[WORDS[word]]
    listed = json.loads(nnu("runs", word, "--json").out)
    assert [run["path"] for run in listed] == [str(meant)]
    analysed = json.loads(nnu("analyze", word, "--json").out)
    assert [run["run"] for run in analysed["runs"]] == [f"{meant.parent.name}/{meant.name}"]
    ranked = json.loads(nnu("rank", word, "mu2.final", "--json").out)
    assert [run["point"] for run in ranked] == [{"run": str(meant)}]
    resumed = nnu("train", "--resume", word)
    assert resumed.err == f"already complete: {meant}\n"


def test_drawing_commands_take_words(two: tuple[Path, Path], nnu: Nnu) -> None:
    older, newer = two
    one = nnu("plot", "moments", "latest", "--format", "svg")
    assert one.out.splitlines()[0] == f"{newer}/figures/moments.svg"
    both = nnu("plot", "moments", "other", "tiny", "--format", "svg")
    assert both.out.splitlines()[0] == "figures/moments-other-tiny.svg"
    assert nnu("report", "name=other").out == f"{older}/report.html\n"


def test_computing_commands_take_words(two: tuple[Path, Path], refused: Refused, nnu: Nnu) -> None:
    assert "run folder, `latest`" in refused("spectrum", "none")
    assert "run folder, `latest`" in refused("ensemble", "none")
    assert "must be a readable file" in refused("spectrum", "none.yaml")
    for command in ("measure", "spectrum", "ensemble"):
        assert "may mean other/2026" in refused(command, "replicas=2")
    assert "--sample" in refused("ensemble", "latest", "--sample", 100)
    assert f"{two[1]}' must have kept" in refused("measure", "latest", "mu2", code=1)
    assert json.loads(nnu("spectrum", "other", "--json").out)["network"] == "4-3-3"


def test_two_folders_to_resume(two: tuple[Path, Path], refused: Refused) -> None:
    older, newer = map(str, two)
    line = refused("train", "--resume", older, newer)
    assert line.startswith(f"`--resume` must be given one RUN, but {older!r} and {newer!r} are")
    line = refused("train", newer)
    assert line.endswith(f"{newer!r} is a run folder. Try `nnu train --resume {newer}`.")


# --- lists -------------------------------------------------------------------------------------


def test_tags_notes_sorting_and_columns(two: tuple[Path, Path], nnu: Nnu) -> None:
    older, newer = map(str, two)
    results = {path: (Path(path) / "results.h5").read_bytes() for path in (older, newer)}
    table = nnu("runs", "--tag", "figure=3", "--tag", "ok=true", "--note", "for the talk", "tiny")
    assert table.out.splitlines()[1].endswith("figure=3 ok=true  for the talk")
    chosen = nnu("runs", "tag.figure>=3", "note~TALK", "--columns", "tag.figure,seed").out
    assert chosen.split() == ["run", "tag.figure", "seed", newer, "3", "0"]
    shown = json.loads(nnu("runs", "--sort", "-started", "--columns", "name", "--json").out)
    assert shown == [{"path": newer, "name": "tiny"}, {"path": older, "name": "other"}]
    assert "tags" not in nnu("runs", "other").out, "columns without anything in them are left out"
    nnu("runs", "--tag", "figure=", "--note", "", "latest")
    (now,) = json.loads(nnu("runs", "latest", "--json").out)
    assert (now["tags"], now["note"]) == ({"ok": True}, "")
    assert all((Path(path) / "results.h5").read_bytes() == of for path, of in results.items())
    assert nnu("runs", "tiny", "--remove", "--yes").code == 0, "the file of the tags is the run's"


def test_no_run_matches(two: tuple[Path, Path], nnu: Nnu) -> None:
    result = nnu("runs", "status=diverged")
    assert (result.code, result.out, result.err) == (0, "", "nnu: no run matches\n")
    result = nnu("runs", "--out", "nowhere")
    assert (result.code, result.out, result.err) == (0, "", "nnu: no run is in 'nowhere'\n")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--tag", "a=1"], "`--tag` or `--note` must be told which runs"),
        (["tiny", "--tag", "a"], "`--tag` must be KEY=VALUE"),
        (["tiny", "--note", "x", "--remove"], "`--remove` must stand alone, but `--tag` or"),
        (["--sort", "-epoch"], "`--sort epoch` must be a known key"),
        (["--columns", "mu2,epoch"], "`--columns epoch` must be a known key"),
    ],
)
def test_refused(arguments: list[str], error: str, two: Any, refused: Refused) -> None:
    assert error in refused("runs", *arguments)


def test_ranking_runs_some_of_which_have_no_value(
    two: tuple[Path, Path], nnu: Nnu, refused: Refused
) -> None:
    older, newer = two
    (older / "results.h5").write_text("text")
    result = nnu("rank", older, newer, "mu2.final")
    assert result.out.splitlines()[1].split()[:2] == ["1", str(newer)]
    assert result.err.startswith(f"nnu: 1 run has no value: RUN '{older}' must be what it was, but")
    assert "must name an axis of a sweep" in refused("rank", newer, newer, "mu2.final[depth=3]")


def test_weights_of_a_named_run(two: tuple[Path, Path], config: Path, nnu: Nnu) -> None:
    result = nnu("train", config, "network.start=other", "name=child")
    assert result.code == 0, result.err
    stored = (result.folder / "config.yaml").read_text()
    assert f"start: {two[0].resolve()}\n" in stored
    assert "RUN 'nobody' must" in nnu("train", config, "network.start=nobody").err
    assert "no-such.npz" in nnu("train", config, "network.start=no-such.npz").err


# --- the same again ----------------------------------------------------------------------------


def test_a_config_that_has_been_run_is_said_so(two: Any, config: Path, nnu: Nnu) -> None:
    newer = two[1]
    result = nnu("train", config)
    assert result.code == 0
    said = f"this config has been run already: {newer}; training it again"
    assert result.err.splitlines().count(said) == 1
    assert "already" not in nnu("train", config, "seed=7").err


# --- the wrong command -------------------------------------------------------------------------


def test_which_command_was_meant(
    config: Path, make_sweep: Callable[..., Path], two: Any, refused: Refused
) -> None:
    sweep, run = make_sweep("meant"), two[1]
    for command in (["train"], ["config", "validate"], ["data", "show"], ["spectrum"]):
        line = refused(*command, sweep)
        assert line.endswith(
            f"must be the config of a run, but is a sweep. Try `nnu sweep {sweep}`."
        )
    line = refused("sweep", config)
    assert f"must be a sweep, but is the config of a run. Try `nnu train {config}`, or" in line
    assert refused("sweep", run).endswith(f"is that of a run. Try `nnu train --resume {run}`.")
    (Path("runs/tiny") / "sweep.yaml").touch()
    assert refused("train", "runs/tiny").endswith("is a sweep's folder. Try `nnu sweep runs/tiny`.")
    assert "one of `nnu runs runs/tiny`" in refused("train", "--resume", "runs/tiny")
    assert refused("analyze", config).endswith("or `nnu train` with a config.")
