"""A plot while learning, as moving pictures: a frame per epoch, with the epoch below."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from nnuniverse.errors import ConfigError, RunError
from nnuniverse.plots.drawing import (
    LAID_OUT,
    MAKER,
    Drawing,
    Plot,
    PlotSettings,
    in_house_style,
    missing,
)
from nnuniverse.plots.house_style import FigureStyle, house_style
from nnuniverse.runs import RunRecord

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

ANIMATIONS = ("gif", "mp4")

MARK = f"Made by {MAKER}"
"""Begins the comment in a file, by which it is known for ours."""

MOST_FRAMES = 60
"""Eight seconds of a talk, and files of some hundred kilobytes."""

FRAME, LAST = 120, 2000
"""How long a frame stands, and the last one, milliseconds."""

DPI = 200
"""Figures of one column become 680 pixels wide."""

COLOURS = 64
"""Of a GIF: those of the house style with the shades between them and white."""


AS_LARGE: dict[RcKeyType, object] = {**LAID_OUT, "savefig.bbox": None}
"""Settings under which all frames are as large as the figure, whatever a user's style says."""


WHITE = (255, 255, 255)
NEARLY_WHITE = 244
"""Paper must not become grey: shades from here on, of averaging, would take its place."""


@dataclass(frozen=True)
class Animation:
    """``frames``: images (height, width, 3) of bytes, of even size, at ``epochs``."""

    frames: Sequence[np.ndarray]
    epochs: Sequence[int]


def animate(
    plot: Plot,
    runs: list[RunRecord],
    settings: PlotSettings,
    style: FigureStyle | None = None,
) -> Animation:
    """Draw ``plot`` at the snapshots of the ``runs``, at most `MOST_FRAMES` of them.

    Curves grow from the left, histograms change where all runs have a snapshot; axes and layout
    stay the same.  Ensembles are drawn at their records, strings at their steps.
    Raises RunError for fewer than two snapshots, ConfigError for chosen epochs.

    ``settings``: what `nnu plot` was asked for; ``style``: what a user's style sheet sets on top of
    the house's.
    """
    if settings.epochs is not None:
        raise ConfigError("`--epoch`", "be left out of an animation", "is given", "--animate alone")
    style = style or FigureStyle()
    if plot.steps is not None:
        return _at_steps(plot, runs, settings, style, plot.steps(runs))
    if "record" in plot.uses:
        return _at_records(plot, runs, settings, style)
    histograms = "epochs" in plot.uses
    epochs = _epochs(runs, common=histograms, linear=settings.linear_epochs)
    if histograms:
        at = (replace(settings, epochs=(epoch,)) for epoch in epochs)  # which the panels name
        figures = [plot.make(runs, one, style).figure for one in at]
        _align(figures)
        frames = [_image(figure, style) for figure in figures]
    else:
        figure = _captioned(plot, runs, settings, style, _caption(epochs[-1])).figure
        frames = [_image(figure, style) for _ in _growing(figure, epochs)]
    return Animation(frames, epochs)


def _at_records(
    plot: Plot, runs: list[RunRecord], settings: PlotSettings, style: FigureStyle
) -> Animation:
    """Draw ``plot`` at the records that all of the ensembles have."""
    count = min(len(run["record_step"]) for run in runs)
    wanted = np.unique(np.linspace(0, count - 1, min(count, MOST_FRAMES)).astype(int))
    at = (replace(settings, record=int(record)) for record in wanted)
    frames = [_image(plot.make(runs, one, style).figure, style) for one in at]
    return Animation(frames, [int(step) for step in runs[0]["record_step"][wanted]])


def _at_steps(
    plot: Plot,
    runs: list[RunRecord],
    settings: PlotSettings,
    style: FigureStyle,
    steps: Sequence[int],
) -> Animation:
    """Draw ``plot`` at the first of the ``steps`` that all of the runs have."""
    if settings.step is not None:
        raise ConfigError("`--step`", "be left out of an animation", "is given", "--animate alone")
    wanted = list(steps)[:MOST_FRAMES]
    at = (replace(settings, step=step) for step in wanted)
    return Animation([_image(plot.make(runs, one, style).figure, style) for one in at], wanted)


def _epochs(runs: list[RunRecord], *, common: bool, linear: bool) -> list[int]:
    """Return which snapshots are drawn, at even distances on the axis: of any, or of all runs."""
    recorded = [set(map(int, run["snapshot"])) for run in runs]
    every = np.array(sorted(set.intersection(*recorded) if common else set.union(*recorded)))
    if len(every) < 2:
        raise missing(runs[0], "several snapshots that all of the runs have", "other runs")
    scale = every if linear else np.log1p(every)
    wanted = np.linspace(scale[0], scale[-1], MOST_FRAMES)
    nearest = np.abs(scale[:, None] - wanted).argmin(axis=0)
    return [int(epoch) for epoch in every[np.unique(nearest)]]


def _captioned(
    plot: Plot, runs: list[RunRecord], settings: PlotSettings, style: FigureStyle, caption: str
) -> Drawing:
    """Draw a plot with a caption below it."""

    def draw() -> Drawing:
        drawing = plot.checked_draw(runs, settings)
        drawing.figure.supxlabel(caption, fontsize=mpl.rcParams["axes.titlesize"])
        return drawing

    return in_house_style(draw, style)


def _caption(epoch: int) -> str:
    return f"epoch {epoch:,}"


def _align(figures: Sequence[Figure]) -> None:
    """Give figures of the same panels one size, one layout, and axes that hold what any holds."""
    largest = max(figures, key=lambda figure: float(figure.get_figheight()))
    columns = list(zip(*(figure.axes for figure in figures), strict=True))
    for column, reference in zip(columns, largest.axes, strict=True):
        xs, ys = ([axes.get_xlim() for axes in column], [axes.get_ylim() for axes in column])
        position = reference.get_position()
        for axes in column:
            axes.set_xlim(min(x[0] for x in xs), max(x[1] for x in xs))
            axes.set_ylim(min(y[0] for y in ys), max(y[1] for y in ys))
            axes.set_position(position)
    for figure in figures:
        figure.set_size_inches(largest.get_figwidth(), largest.get_figheight())


def _growing(figure: Figure, epochs: Sequence[int]) -> Iterator[int]:
    """Show the curves of ``figure`` up to one epoch after the other; yield each when it is."""
    (caption,) = [text for text in figure.texts if text.get_text() == _caption(epochs[-1])]
    for epoch in epochs:
        for axes in figure.axes:
            if axes.get_label() != "<colorbar>":
                _clip(axes, epoch)
        caption.set_text(_caption(epoch))
        yield epoch


def _clip(axes: Axes, epoch: int) -> None:
    """Hide what is right of an epoch, but for lines across the whole panel."""
    right = axes.transAxes.inverted().transform(axes.transData.transform((epoch, 1.0)))[0]
    window = Rectangle((-0.1, -0.1), right + 0.1, 1.2, transform=axes.transAxes)
    for artist in (*axes.lines, *axes.collections):
        if artist.get_transform().contains_branch(axes.transData):
            artist.set_clip_path(window)


def _image(figure: Figure, style: FigureStyle) -> np.ndarray:
    buffer = io.BytesIO()
    with house_style(style), mpl.rc_context(AS_LARGE):
        figure.savefig(buffer, format="png", dpi=DPI, pil_kwargs={"compress_level": 0})
    image = np.asarray(Image.open(buffer).convert("RGB"))
    height, width = (size - size % 2 for size in image.shape[:2])  # which films need
    return image[:height, :width].copy()


def as_gif(animation: Animation, identity: str) -> bytes:
    """Return an animation as a GIF that repeats; the same frames give the same bytes.

    ``identity``: what the file says of where it came from.
    """
    images = [Image.fromarray(frame) for frame in animation.frames]
    palette = _palette(images)
    drawn = [image.quantize(palette=palette, dither=Image.Dither.NONE) for image in images]
    buffer = io.BytesIO()
    drawn[0].save(
        buffer,
        format="GIF",
        save_all=True,
        append_images=drawn[1:],
        duration=[FRAME] * (len(drawn) - 1) + [LAST],
        loop=0,
        comment=f"{MARK}; {identity}".encode(errors="replace")[:255],
    )
    return buffer.getvalue()


def _palette(images: Sequence[Image.Image]) -> Image.Image:
    """Return the colours of the first, the middle and the last image, and white, for all."""
    chosen = [images[0], images[len(images) // 2], images[-1]]
    width, height = images[0].size
    together = Image.new("RGB", (width, height * len(chosen)))
    for number, image in enumerate(chosen):
        together.paste(image, (0, number * height))
    found = together.quantize(COLOURS - 1, dither=Image.Dither.NONE).getpalette() or []
    shades = np.array(found[: 3 * (COLOURS - 1)]).reshape(-1, 3)
    apart = shades[shades.min(axis=1) < NEARLY_WHITE]
    palette = Image.new("P", (1, 1))
    palette.putpalette([*apart.ravel().tolist(), *WHITE])
    return palette


def require_ffmpeg() -> None:
    """Raise ConfigError unless there is what makes a film."""
    try:
        import imageio_ffmpeg  # noqa: F401
    except ImportError:
        raise ConfigError(
            "`--format mp4`",
            "have imageio-ffmpeg",
            "it is not installed",
            "`pip install 'nnuniverse[animation]'`, or --format gif",
        ) from None


def as_mp4(animation: Animation, identity: str) -> bytes:
    """Return an animation as a film, H.264 in MP4; raises ConfigError without imageio-ffmpeg.

    ``identity``: what the file says of where it came from.
    """
    require_ffmpeg()
    import imageio_ffmpeg

    rate = round(1000 / FRAME)
    last = animation.frames[-1]
    height, width = last.shape[:2]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.mp4"
        film = imageio_ffmpeg.write_frames(
            str(file),
            (width, height),
            fps=rate,
            macro_block_size=2,
            ffmpeg_log_level="error",
            output_params=[
                *("-metadata", f"comment={MARK}; {identity}"),
                *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart"),
            ],
        )
        film.send(None)
        for frame in (*animation.frames, *[last] * (rate * LAST // 1000)):
            film.send(np.ascontiguousarray(frame))
        film.close()
        if not file.exists():
            raise RunError("the film", "be made", "ffmpeg failed", "--format gif")
        return file.read_bytes()
