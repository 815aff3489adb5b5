"""``curvature``: orbits, their periapses, and scalars along them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_path import TURN, made_path, store_path

from nnuniverse.errors import RunError
from nnuniverse.physics.gravity.stored_path import StoredPath
from nnuniverse.plots import PLOTS, Drawing, PlotSettings, run_id
from nnuniverse.runs import RunRecord
from nnuniverse.runs.derived_file import GEODESIC_FILE
from nnuniverse.runs.file_record import file_record


def of_file(folder: Path, found: StoredPath) -> RunRecord:
    path = folder / "orbit.h5"
    store_path(path, found)
    return file_record(GEODESIC_FILE, path)


def drawn(folder: Path, found: StoredPath) -> Drawing:
    return PLOTS["curvature"].make([of_file(folder, found)], PlotSettings())


def test_an_orbit_and_its_periapses(tmp_path: Path) -> None:
    drawing = drawn(tmp_path, made_path())
    orbit, curved = drawing.figure.axes
    assert "turns by 0.3 per orbit" in orbit.get_title(loc="left")
    marked = [line for line in orbit.lines if line.get_color() == "C1"]
    x, y = marked[0].get_xydata().T
    np.testing.assert_allclose(np.hypot(x, y), 12.0, rtol=1e-4)
    angles = np.mod(np.arctan2(y, x), 2.0 * np.pi)
    np.testing.assert_allclose(angles, np.arange(4) * (TURN - 2.0 * np.pi), atol=1e-5)
    assert curved.get_yscale() == "log"
    (line,) = curved.lines
    np.testing.assert_allclose(line.get_ydata(), made_path().kretschmann)
    assert "an orbit that turns by 0.3 per orbit" in drawing.description
    assert len(set(map(len, drawing.table.values()))) == 1


def test_matter_has_a_panel_of_its_own(tmp_path: Path) -> None:
    figure = drawn(tmp_path, made_path(ricci=-0.2)).figure
    assert [axes.get_ylabel() for axes in figure.axes[1:]] == ["$R_{abcd} R^{abcd}$", "$R$"]
    rounding = drawn(tmp_path, made_path(ricci=1e-18)).figure
    assert len(rounding.axes) == 2


def test_other_coordinates_are_drawn_as_they_are(tmp_path: Path) -> None:
    figure = drawn(tmp_path, made_path(coordinates=("t", "x", "y", "z"))).figure
    assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("y", "z")
    assert figure.axes[0].get_title(loc="left") == ""


def test_a_file_says_what_it_was_made_from(tmp_path: Path) -> None:
    assert run_id([of_file(tmp_path, made_path())]) == {
        "run": "orbit",
        "config_hash": "0123",
        "commit": "unknown",
    }
    (tmp_path / "other.h5").write_bytes((tmp_path / "orbit.h5").read_bytes()[:100])
    with pytest.raises(RunError, match="nnu geometry geodesic"):
        file_record(GEODESIC_FILE, tmp_path / "other.h5")
