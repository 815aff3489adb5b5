"""Paths as people give them and file systems hold them: ``~``, links, names too long or hostile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from typer.main import get_command

from nnuniverse.cli.app import app
from nnuniverse.cli.options import user_path

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Copied = Callable[[], Path]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]

LONG = "x" * 300
HOSTILE = "\x1b[31m\n\u202e\udcff"
SHOWN = r"\x1b[31m\x0a\u202e\udcff"


def names(folder: str = ".") -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


# --- the user's own folder ---------------------------------------------------------------------


def paths(commands: Mapping[str, Any], of: str = "") -> Iterator[tuple[str, Any]]:
    """Yield what every command takes for a path: a name, and how it is declared."""
    for command, made in commands.items():
        if hasattr(made, "commands"):
            yield from paths(made.commands, f"{command} ")
            continue
        hints = get_type_hints(made.callback, include_extras=True)
        for name, hint in hints.items():
            if "pathlib.Path" in str(hint) or "Path]" in str(hint):
                (declared,) = (d for d in _metadata(hint) if hasattr(d, "parser"))
                yield f"{of}{command} {name}", declared


def _metadata(hint: Any) -> Iterator[Any]:
    yield from getattr(hint, "__metadata__", ())
    for part in get_args(hint):
        yield from _metadata(part)


def test_every_path_is_read_as_its_user_means_it() -> None:
    declared = dict(paths(get_command(app).commands))
    assert declared.keys() >= {
        "train out",
        "plot out",
        "sweep junit",
        "data show config",
    }
    assert {name for name, option in declared.items() if option.parser is not user_path} == set()


def test_a_tilde_that_the_shell_has_left(
    config: Path, nnu: Nnu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert nnu("plot", "laplacian", "--format", "svg", "--out=~/figures").code == 0
    assert (tmp_path / "home" / "figures" / "laplacian.svg").exists()
    (tmp_path / "home" / "c.yaml").write_bytes(config.read_bytes())
    assert nnu("config", "validate", "~/c.yaml").code == 0
    (tmp_path / "home" / "runs" / "a" / "b").mkdir(parents=True)
    (tmp_path / "home" / "runs" / "a" / "b" / "config.yaml").write_text("seed: 3\n")
    for arguments in (["--out=~/runs"], ["~/runs/a/b"]):
        (run,) = json.loads(nnu("runs", "--json", *arguments).out)
        assert run["path"] == str(tmp_path / "home" / "runs" / "a" / "b")
    for command in (["analyze"], ["plot", "loss"]):
        said = nnu(*command, "~/runs/a/b").err
        assert "~" not in said
        assert str(tmp_path / "home") in said
    assert names() == ["home"]
    assert user_path("~nobody-of-this-name/x") == Path("~nobody-of-this-name/x")


# --- what is no folder -------------------------------------------------------------------------


def test_a_link_to_nothing_is_no_folder(
    config: Path, make_sweep: Callable[..., Path], refused: Refused
) -> None:
    Path("link").symlink_to("none")
    for command in (["train", config], ["runs"], ["sweep", make_sweep("s")], ["plot", "laplacian"]):
        line = refused(*command, "--out", "link")
        assert line.startswith("`--out` must be a folder or new, but 'link' is a link to nothing.")
    assert names() == ["link"]


@pytest.mark.parametrize(
    "command",
    [
        ["runs", "--out", LONG],
        ["analyze", LONG],
        ["report", LONG],
        ["measure", LONG],
        ["plot", "loss", LONG],
        ["spectrum", LONG],
        ["rank", LONG, "mu3"],
        ["sweep", LONG],
        ["train", "--resume", LONG],
        ["config", "show", LONG],
    ],
    ids=lambda command: command[0],
)
def test_a_name_that_is_too_long_is_wrong_usage(command: list[str], refused: Refused) -> None:
    line = refused(*command)
    assert LONG in line
    assert "output" not in line


# --- names that a terminal would obey ----------------------------------------------------------


@pytest.fixture
def hostile(copied: Copied, tmp_path: Path) -> Path:
    """A run in a folder whose name is odd; as a path from here."""
    folder = copied()
    (tmp_path / HOSTILE).mkdir()
    return folder.rename(tmp_path / HOSTILE / folder.name).relative_to(tmp_path)


def test_hostile_names_are_shown_escaped(hostile: Path, nnu: Nnu) -> None:
    place = f"{SHOWN}/{hostile.name}"
    for arguments, where in (
        (["plot", "loss", hostile, "--format", "svg"], f"{place}/figures/loss.svg"),
        (["report", hostile], f"{place}/report.html"),
        (["train", "--resume", hostile], f"run folder: {place}"),
        (["runs", hostile], place),
    ):
        result = nnu(*arguments)
        assert result.code == 0, result.err
        lines = (result.out + result.err).splitlines()
        assert all(line.isprintable() for line in lines), arguments
        assert any(line.startswith(where) for line in lines), arguments
    drawn = json.loads(nnu("plot", "loss", hostile, "--format", "svg", "--json").out)["files"]
    assert drawn == [f"{hostile}/figures/loss.svg", f"{hostile}/figures/loss.csv"]
    result = nnu("train", "--resume", hostile, "--json")
    assert json.loads(result.out)["run"] == str(hostile)
    assert result.err == f"already complete: {place}\n"


def test_hostile_names_are_shown_escaped_on_a_terminal(terminal: Any) -> None:
    from nnuniverse.cli.display.progress import PanelProgress

    screen = terminal()
    with PanelProgress() as progress:
        progress.title = f"net  {HOSTILE}"
        progress.epochs = 3
        progress.show("training")
        progress.message(HOSTILE)
    assert SHOWN in screen.getvalue()
    assert "\u202e" not in screen.getvalue()


# --- links in a run folder ---------------------------------------------------------------------


def test_figures_do_not_go_through_a_link(copied: Copied, refused: Refused, nnu: Nnu) -> None:
    folder = copied()
    Path("elsewhere").mkdir()
    (folder / "figures").symlink_to(Path("elsewhere").absolute())
    assert "figures' must be one, but is a link" in refused("plot", "loss", folder)
    assert names("elsewhere") == []
    assert nnu("plot", "loss", folder, "--format", "svg", "--out", folder / "figures").code == 0
    assert names("elsewhere") == ["loss.csv", "loss.svg"]


@pytest.mark.parametrize("target", ["mine", "none"])
def test_pages_and_analyses_do_not_go_through_a_link(
    target: str, copied: Copied, refused: Refused, nnu: Nnu
) -> None:
    folder = copied()
    Path("mine").write_text("mine")
    for name in ("report.html", "analysis.h5"):
        (folder / name).symlink_to(Path(target).absolute())
    assert "must be new or an earlier report, but is a link" in refused("report", folder)
    result = nnu("analyze", folder)
    assert result.code == 0
    assert (
        "not stored: " in result.err and "analysis.h5' must be a file, but is a link" in result.err
    )
    assert Path("mine").read_text() == "mine"
    assert not Path("none").exists()


@pytest.mark.parametrize("name", ["log.txt", ".lock", "results.h5"])
def test_a_run_with_a_link_is_not_resumed(
    name: str, copied: Copied, refused: Refused, content: Content
) -> None:
    folder = copied()
    file = folder / name
    file.rename("elsewhere") if file.exists() else Path("elsewhere").touch()
    file.symlink_to(Path("elsewhere").absolute())
    before = content(Path())
    assert f"{name}' must be the run's own file, but is a link" in refused(
        "train", "--resume", folder, code=1
    )
    assert content(Path()) == before


# --- removing ----------------------------------------------------------------------------------


def test_nothing_is_removed_through_a_link(copied: Copied, refused: Refused) -> None:
    folder = copied()
    Path("root").symlink_to(folder.parent.parent)
    Path("run").symlink_to(folder)
    for path in (Path("root", "tiny", folder.name), Path("run"), Path("run", "..", folder.name)):
        assert "is a link" in refused("runs", "--remove", "--yes", path)
    assert folder.exists()


def test_foreign_files_are_not_removed(copied: Copied, refused: Refused, nnu: Nnu) -> None:
    folder = copied()
    (folder / "notes.txt").write_text("mine")
    assert "holds 'notes.txt'" in refused("runs", "--remove", "--yes", folder)
    assert "holds 'notes.txt'" in refused(
        "runs", "--remove", "--yes", "status=complete", "--out", folder.parent.parent
    )
    (folder / "notes.txt").rename("notes.txt")
    assert nnu("runs", "--remove", "--yes", folder).code == 0
    assert not folder.exists()


def test_what_a_full_disk_has_left_is_listed_and_removed(nnu: Nnu) -> None:
    folder = Path("runs", "tiny", "20260101T000000Z-01234567")
    (folder / "figures").mkdir(parents=True)
    (folder / ".lock").touch()
    for arguments in ([folder], []):
        (run,) = json.loads(nnu("runs", "--json", *arguments).out)
        assert (run["path"], run["status"]) == (str(folder), "unreadable")
    assert nnu("runs", "--remove", "--yes", "status=unreadable").code == 0
    assert names("runs") == []
