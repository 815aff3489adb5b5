"""What has been parsed of a formula is used for every canvas, and for no other style."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from nnuniverse.plots.formulas import formulas_kept
from nnuniverse.plots.house_style import FigureStyle, house_style

FORMULA = r"$\alpha_{17}^{23} + \mathrm{tested}$"


def test_a_formula_is_parsed_once_for_all_canvases(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = MathTextParser("agg"), MathTextParser("agg")
    with formulas_kept():
        expected = first.parse(FORMULA, 101)
        monkeypatch.setattr(MathTextParser, "_parser", None)  # which parsing would make anew
        assert second.parse(FORMULA, 101) is expected
        assert MathTextParser._parser is None  # type: ignore[attr-defined]


def test_images_and_outlines_are_told_apart() -> None:
    with formulas_kept():
        image, outline = (MathTextParser(of).parse(FORMULA, 72) for of in ("agg", "path"))
    assert hasattr(image, "image")
    assert hasattr(outline, "glyphs")


@pytest.mark.parametrize(
    "sheet",
    [{"mathtext.fontset": "cm"}, {"mathtext.default": "rm"}, {"font.sans-serif": ["STIXGeneral"]}],
    ids=str,
)
def test_another_style_has_its_own(sheet: dict[str, object]) -> None:
    parser = MathTextParser("agg")

    def drawn(style: FigureStyle) -> np.ndarray:
        with house_style(style):
            return np.asarray(parser.parse("gap $u$", 300, FontProperties()).image)

    ours, theirs = drawn(FigureStyle()), drawn(FigureStyle(sheet))  # type: ignore[arg-type]
    assert not np.array_equal(ours, theirs)
    assert np.array_equal(ours, drawn(FigureStyle()))


def test_nothing_of_matplotlib_stays_changed() -> None:
    before = dict(vars(MathTextParser))
    with house_style(), house_style():
        assert vars(MathTextParser) != before
    assert vars(MathTextParser) == before
    assert mpl.rcParams["mathtext.fontset"] == "dejavusans"
