"""Plots while learning, as GIF and MP4."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots import PLOTS, FigureStyle, PlotSettings
from nnuniverse.plots.animation import (
    FRAME,
    LAST,
    MOST_FRAMES,
    Animation,
    animate,
    as_gif,
    as_mp4,
    require_ffmpeg,
)
from nnuniverse.runs import RunRecord

Build = Callable[..., RunRecord]

ANIMATED = [name for name, plot in PLOTS.items() if plot.animated]
FEW = slice(0, 10, 3)
"""Snapshots of the runs, four: each is a figure."""


@pytest.fixture(scope="module")
def small() -> FigureStyle:
    """A figure that is soon drawn."""
    return FigureStyle(width=2.5)


def test_what_can_be_animated() -> None:
    assert {"spectrum", "eigenvalues", "loss"} < set(ANIMATED)
    assert not {"laplacian", "loss-plane", "complexity-loss"} & set(ANIMATED)


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("name", ["spectrum", "eigenvalues", "loss"])
def test_a_frame_per_snapshot_of_one_size(
    name: str, number: int, build: Build, small: FigureStyle
) -> None:
    runs = [build(name=run, snapshots=FEW) for run in ("first", "second")[:number]]
    animation = animate(PLOTS[name], runs, PlotSettings(), small)
    assert list(animation.epochs) == runs[0]["snapshot"].tolist()
    assert len(animation.frames) == len(animation.epochs)
    assert len({frame.shape for frame in animation.frames}) == 1
    height, width, channels = animation.frames[0].shape
    assert (height % 2, width % 2, channels) == (0, 0, 3)
    assert len({frame.tobytes() for frame in animation.frames}) == len(animation.frames)


def test_curves_grow_to_the_whole_plot(build: Build, small: FigureStyle) -> None:
    runs = [build(snapshots=FEW)]
    frames = animate(PLOTS["complexity"], runs, PlotSettings(), small).frames
    # Less and less is white, and what is drawn stays: only the caption changes besides.
    drawn = [(frame[: int(0.8 * len(frame))] < 250).any(axis=2) for frame in frames]
    counts = [one.sum() for one in drawn]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]
    assert all((later >= earlier).all() for earlier, later in pairwise(drawn))


def test_axes_of_histograms_stand_still(build: Build, small: FigureStyle) -> None:
    frames = animate(PLOTS["spectrum"], [build(snapshots=FEW)], PlotSettings(), small).frames
    # Label and numbers at the left, below the legend, which says of gaps only where there are any.
    left = [frame[frame.shape[0] // 4 :, : frame.shape[1] // 12] for frame in frames]
    assert all((one == left[0]).all() for one in left)


def test_frames_are_few_and_lie_evenly_on_the_axis(build: Build, small: FigureStyle) -> None:
    run = build(snapshots=slice(0, 3))
    snapshots = np.unique(np.geomspace(1, 10000, 500).astype(int))
    many = RunRecord(
        run.name,
        run.folder,
        run.config,
        run.provenance,
        run.attributes,
        {
            **run.variables,
            "snapshot": run.variables["snapshot"].__class__(snapshots, ("snapshot",), {}),
            "complexity": run.variables["complexity"].__class__(
                np.ones((3, len(snapshots), 2)), run.variables["complexity"].dims, {}
            ),
        },
    )
    animation = animate(PLOTS["complexity"], [many], PlotSettings(), small)
    assert MOST_FRAMES // 2 < len(animation.epochs) <= MOST_FRAMES
    assert (animation.epochs[0], animation.epochs[-1]) == (1, 10000)


def test_curves_of_a_shorter_run_stop_and_the_others_go_on(
    build: Build, small: FigureStyle
) -> None:
    runs = [build(snapshots=slice(0, 3)), build(name="second", snapshots=slice(0, 10, 4))]
    own = [set(run["snapshot"].tolist()) for run in runs]
    assert own[0] != own[1]
    curves = animate(PLOTS["moments"], runs, PlotSettings(), small)
    assert set(curves.epochs) == own[0] | own[1]
    histograms = animate(PLOTS["spectrum"], [runs[0], build(name="third")], PlotSettings(), small)
    assert set(histograms.epochs) == own[0]


def test_one_snapshot_is_no_animation(build: Build) -> None:
    with pytest.raises(RunError, match="several snapshots"):
        animate(PLOTS["spectrum"], [build(snapshots=slice(0, 1))], PlotSettings())


def test_paper_is_white_in_a_gif(build: Build, small: FigureStyle) -> None:
    run = build(snapshots=slice(0, 2))
    content = as_gif(animate(PLOTS["loss"], [run], PlotSettings(), small), "")
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


@pytest.fixture(scope="module")
def animation() -> Animation:
    """A square that moves."""
    frames = np.full((5, 64, 96, 3), 255, np.uint8)
    for number, frame in enumerate(frames):
        frame[20:40, 10 * number : 10 * number + 20] = (0, 114, 178)
    return Animation(list(frames), range(5))


def test_a_gif_has_the_frames_and_says_whose_it_is(animation: Animation) -> None:
    content = as_gif(animation, "run: tiny")
    assert content == as_gif(animation, "run: tiny"), "the same bytes"
    with Image.open(io.BytesIO(content)) as gif:
        assert gif.n_frames == 5
        assert gif.info["loop"] == 0
        assert gif.info["comment"] == b"Made by nnuniverse; run: tiny"
        for number, frame in enumerate(animation.frames):
            gif.seek(number)
            assert gif.info["duration"] == (LAST if number == 4 else FRAME)
            assert (np.asarray(gif.convert("RGB")) == frame).all()


def test_a_film_has_the_frames_and_says_whose_it_is(animation: Animation) -> None:
    ffmpeg = pytest.importorskip("imageio_ffmpeg")
    content = as_mp4(animation, "run: tiny")
    assert content[4:8] == b"ftyp"
    assert b"Made by nnuniverse; run: tiny" in content
    assert content == as_mp4(animation, "run: tiny")
    assert ffmpeg


def test_without_ffmpeg_one_line_says_what_to_do(
    animation: Animation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ConfigError, match=r"nnuniverse\[animation\].*--format gif"):
        require_ffmpeg()
    with pytest.raises(ConfigError, match="imageio-ffmpeg"):
        as_mp4(animation, "")
