"""``worldsheet`` and ``string``: states over site and step, and curves that move."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from made_strings import made_strings, store_strings
from matplotlib.collections import QuadMesh
from matplotlib.figure import Figure

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.physics.strings.found_strings import FoundStrings
from nnuniverse.plots import PLOTS, CrowdedError, PlotSettings
from nnuniverse.plots.animation import animate
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]
Moving = Callable[..., RunRecord]
SHEET, STRING = PLOTS["worldsheet"], PLOTS["string"]


@pytest.fixture(scope="session")
def moving(build: Build) -> Moving:
    """Make a run that strings are stored of, by a name of its own."""

    def made(name: str, found: FoundStrings) -> RunRecord:
        run = build(name=name)
        run.folder.path.mkdir(parents=True, exist_ok=True)
        store_strings(run.folder.path, found)
        return run

    return made


@pytest.fixture(scope="session")
def two(moving: Moving) -> RunRecord:
    """Strings of 12 and of 7 sites, both movers."""
    return moving("two-strings", made_strings())


def meshes(figure: Figure) -> list[QuadMesh]:
    """Return the images of the panels, that of the colour bar left out."""
    panels = [axes for axes in figure.axes if axes.get_title(loc="left")]
    return [one for axes in panels for one in axes.collections if isinstance(one, QuadMesh)]


def test_the_sheet_is_what_is_stored(two: RunRecord) -> None:
    drawing, states = SHEET.make([two], PlotSettings()), made_strings().states[:, 0]
    shown = [np.asarray(mesh.get_array()).reshape(25, 19) for mesh in meshes(drawing.figure)]
    for mesh, expected in zip(shown, [*states, states.mean(axis=0)], strict=True):
        np.testing.assert_array_equal(mesh, expected)
    titles = [axes.get_title(loc="left") for axes in drawing.figure.axes[:3]]
    assert titles == ["right mover", "left mover", "average of both"]
    table = {name: np.array(column) for name, column in drawing.table.items()}
    right = (table["mover"] == "right") & (table["cycle"] == 1)
    np.testing.assert_array_equal(table["state"][right].reshape(25, 7), states[0][:, 12:])
    assert "strings of 12, 7 sites" in drawing.description


def test_the_longest_strings_have_room(moving: Moving) -> None:
    many = moving("many", made_strings([2] * 60 + [150], steps=4))
    drawing = SHEET.make([many], PlotSettings())
    assert np.unique(drawing.table["cycle"]).size == 26  # 150 + 25 * 2 sites
    long = moving("long", made_strings([300, 5], steps=4))
    assert np.unique(SHEET.make([long], PlotSettings()).table["cycle"]).size == 1


def test_one_mover_has_one_panel(moving: Moving, two: RunRecord) -> None:
    one = moving("one-mover", made_strings(movers=1))
    assert len(meshes(SHEET.make([one], PlotSettings()).figure)) == 1
    both = SHEET.make([one, two], PlotSettings()).figure
    assert len([axes for axes in both.axes if axes.get_title(loc="left")]) == 4


def test_curves_end_before_their_shape_is_back(two: RunRecord, moving: Moving) -> None:
    drawing = STRING.make([two], PlotSettings())
    steps = sorted(set(drawing.table["step"]))
    assert steps == [0, 1, 2, 3, 5]  # after 6 of 12 steps both movers are half way round
    average = made_strings().states[:, :2, :, :12].mean(axis=0)
    np.testing.assert_allclose(
        np.array(drawing.table["x1"]).reshape(5, 12), average[0][steps], atol=1e-15
    )
    (axes,) = drawing.figure.axes
    first = axes.lines[0].get_xydata()
    np.testing.assert_array_equal(first[0], first[-1])
    alone = moving("right-alone", made_strings(movers=1))
    assert max(STRING.make([alone], PlotSettings()).table["step"]) == 11


def test_an_antiperiodic_string_goes_round_twice(moving: Moving) -> None:
    run = moving("twisted", made_strings([12], last_weight=-1.0))
    drawing = STRING.make([run], PlotSettings(step=0))
    assert len(drawing.table["x1"]) == 24
    x = np.array(drawing.table["x1"])
    np.testing.assert_array_equal(x[:12], -x[12:])
    assert np.abs(np.diff(np.append(x, x[0]))).max() < 1.2  # with the sign of one weight away


def test_one_step_is_drawn_in_the_axes_of_all(two: RunRecord) -> None:
    limits = set()
    for step in (0, 5, 12):
        drawing = STRING.make([two], PlotSettings(step=step))
        (axes,) = drawing.figure.axes
        limits.add(axes.get_xlim())
        assert set(drawing.table["step"]) == {step}
        assert axes.get_title(loc="left") == f"step {step}"
    assert len(limits) == 1
    with pytest.raises(ConfigError, match=r"`--step` must be one of 0 .. 12, but is 13"):
        STRING.make([two], PlotSettings(step=13))


def test_time_is_a_third_direction_if_asked(two: RunRecord) -> None:
    drawing = STRING.make([two], PlotSettings(three_dimensional=True))
    (axes,) = drawing.figure.axes
    assert axes.get_zlabel() == "step t"  # type: ignore[attr-defined]
    assert len(axes.lines) == 6


@pytest.mark.quick
def test_an_animation_has_a_frame_per_step_of_a_period(two: RunRecord, moving: Moving) -> None:
    short = moving("short", made_strings([3], steps=9))
    animation = animate(STRING, [short], PlotSettings())
    assert list(animation.epochs) == [0, 1, 2, 3]
    assert len({frame.shape for frame in animation.frames}) == 1
    assert (animation.frames[0] != animation.frames[1]).any()
    with pytest.raises(ConfigError, match="`--step` must be left out of an animation"):
        animate(STRING, [two], PlotSettings(step=1))


def test_what_cannot_be_drawn_is_told(two: RunRecord, build: Build, moving: Moving) -> None:
    with pytest.raises(CrowdedError, match="the 7 runs must be told apart"):
        SHEET.make([two] * 7, PlotSettings())
    for plot in (SHEET, STRING):
        with pytest.raises(RunError, match="nnu strings"):
            plot.make([build(name="without-strings")], PlotSettings())
    with pytest.raises(RunError, match="must have two subsystems"):
        STRING.make([moving("flat", made_strings(subsystems=1))], PlotSettings())
