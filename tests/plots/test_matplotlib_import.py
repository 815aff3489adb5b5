"""Figures do not depend on what their user has told matplotlib, and tell it nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DRAW = """
import hashlib, json, os
before = dict(os.environ), os.getcwd()
from nnuniverse.plots import PLOTS, PlotSettings, render
import matplotlib
settings = dict(matplotlib.rcParams)
drawing = PLOTS["laplacian"].make([], PlotSettings())
digests = [hashlib.sha256(render(drawing, form, "title", {})).hexdigest()
           for form in ("png", "svg", "pdf")]
assert before == (dict(os.environ), os.getcwd())
assert settings == dict(matplotlib.rcParams)
print(json.dumps(digests))
"""

ODD = "font.size: 30\nfont.family: Comic Sans MS\nsvg.hashsalt: mine\naxes.grid: False\n"


def drawn(folder: Path, settings: bytes | None = None, **variables: str) -> list[str]:
    """Return the digests of a figure, drawn in ``folder`` with a file of ``settings``."""
    if settings is not None:
        (folder / "matplotlibrc").write_bytes(settings)
    done = subprocess.run(
        [sys.executable, "-c", DRAW],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    digests: list[str] = json.loads(done.stdout)
    return digests


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The digests of the figure where nobody has told matplotlib anything."""
    return drawn(tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize("backend", ["foo", "module://matplotlib_inline.backend_inline"])
def test_backends(backend: str, plain: list[str], tmp_path: Path) -> None:
    assert drawn(tmp_path, MPLBACKEND=backend) == plain


@pytest.mark.parametrize("settings", [b"font.size: 30 # \xff\n", ODD.encode()], ids=str)
def test_files_of_settings(settings: bytes, plain: list[str], tmp_path: Path) -> None:
    assert drawn(tmp_path, settings) == plain


def test_both(plain: list[str], tmp_path: Path) -> None:
    assert drawn(tmp_path, b"\xff", MPLBACKEND="foo") == plain
