"""``nnu plot`` replaces what it has drawn, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nnu = Callable[..., Any]
Refused = Callable[..., str]
Content = Callable[[Path], dict[str, tuple[bytes, int]]]

FOREIGN: dict[str, Callable[[Path], object]] = {
    "laplacian.csv": lambda path: path.write_text("x,y\n1,2\n"),
    "laplacian.png": lambda path: path.write_bytes(b"\x89PNG mine"),
    "laplacian.svg": lambda path: path.write_text("<svg/>"),
    "laplacian.pdf": lambda path: path.write_bytes(b""),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_file_stays(name: str, refused: Refused, content: Content) -> None:
    Path("here").mkdir()
    FOREIGN[name](Path("here", name))
    before = content(Path("here"))
    line = refused("plot", "laplacian", "--out", "here")
    assert line.startswith(f"the file 'here/{name}' must be new or an earlier drawing, but is ne")
    assert content(Path("here")) == before


@pytest.mark.parametrize("make", [os.mkfifo, Path.mkdir, lambda path: path.symlink_to("none")])
def test_what_is_no_file_stays(make: Callable[[Path], object], refused: Refused) -> None:
    Path("here").mkdir()
    make(Path("here/laplacian.csv"))
    assert "an earlier drawing" in refused("plot", "laplacian", "--out", "here")
    assert [path.name for path in Path("here").iterdir()] == ["laplacian.csv"]


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_an_earlier_drawing_is_replaced(form: str, nnu: Nnu) -> None:
    command = ("plot", "laplacian", "--out", "here", "--format", form)
    assert nnu(*command, "--beta", 1).code == 0
    earlier = [path.read_bytes() for path in sorted(Path("here").iterdir())]
    assert nnu(*command, "--beta", 2).code == 0
    later = [path.read_bytes() for path in sorted(Path("here").iterdir())]
    assert all(a != b for a, b in zip(earlier, later, strict=True))

    # Numbers of an older heading are known by the image beside them, an image by itself.
    Path("here/laplacian.csv").write_text("beta,height\n1,2\n")
    assert nnu(*command, "--beta", 2).code == 0
    assert [path.read_bytes() for path in sorted(Path("here").iterdir())] == later
    Path(f"here/laplacian.{form}").unlink()
    assert nnu(*command, "--beta", 2).code == 0, "its numbers have the heading of this plot"


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        (("--neurons", 0), "`--neurons` must be positive"),
        (("--neurons", 5, "--neurons", -5), "`--neurons` must be positive"),
        (("--gamma", 0), "`--gamma` must lie between 0 and 1"),
        (("--gamma", 1), "`--gamma` must lie between 0 and 1"),
        (("--gamma", "nan"), "`--gamma` must lie between 0 and 1"),
        (("--beta", 0), "`--beta` must be positive"),
        (("--beta", "inf"), "`--beta` must be positive"),
    ],
)
def test_what_is_no_model_is_not_drawn(
    options: tuple[object, ...], limit: str, refused: Refused
) -> None:
    assert refused("plot", "laplacian", *options).startswith(limit)
    assert list(Path().iterdir()) == []
