"""The two-peak model: its curves, exact extrema and the printed one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnuniverse.plots import PLOTS, Drawing, PlotSettings

Usual = Callable[..., Drawing]

BETAS = (0.25, 0.5, 0.73, 1.0)


def model(log_lambda: np.ndarray, beta: float, gamma: float = 1 / 3, n: int = 854) -> np.ndarray:
    lam = np.exp(log_lambda)
    other = lam ** (gamma / (gamma - 1.0))
    terms = gamma / (1.0 + beta * lam) ** 2 + (1.0 - gamma) / (1.0 + beta * other) ** 2
    return np.asarray(n * beta / 2.0 * terms)


def marked(axes: Any, marker: str) -> list[np.ndarray]:
    """Return the points of every line with this marker that no legend names."""
    lines = [line for line in axes.lines if line.get_marker() == marker]
    return [line.get_xydata() for line in lines if str(line.get_label()).startswith("_")]


@pytest.mark.parametrize("beta", BETAS)
def test_curves_of_the_paper_s_four_temperatures(
    beta: float, usual: Usual, drawn: Any, rows: Any
) -> None:
    drawing = usual("laplacian")
    (axes,) = drawing.figure.axes
    x, y = drawn.line(axes, rf"$\beta$ = {beta:g}").T
    assert (x[0], x[-1]) == (-8.0, 8.0)
    assert y == pytest.approx(model(x, beta))
    table = rows(drawing.table, beta=beta, kind="curve")
    assert np.array_equal(table["log_lambda"], x)
    assert table["negative_laplacian"] == pytest.approx(y)
    assert set(table["neurons"]) == {854}


@pytest.mark.parametrize("number, beta", list(enumerate(BETAS)))
def test_circles_stand_at_the_roots_and_crosses_where_the_paper_prints_them(
    number: int, beta: float, usual: Usual, rows: Any
) -> None:
    drawing = usual("laplacian")
    (axes,) = drawing.figure.axes
    roots = {0.0, 2.0 * np.log((1.0 - beta) / beta)} if beta < 1.0 else {0.0}
    expected = np.sort(list(roots))
    circles = marked(axes, "o")[number]
    assert circles[:, 0] == pytest.approx(expected, abs=1e-9)
    assert circles[:, 1] == pytest.approx(model(expected, beta))
    printed = 3.0 * np.log(-0.5 + np.sqrt(0.25 + 1.0 / beta))
    ((x, y),) = marked(axes, "x")[number]
    assert (x, y) == pytest.approx((printed, float(model(np.array(printed), beta))))
    table = rows(drawing.table, beta=beta, kind="extremum")
    assert table["log_lambda"] == pytest.approx(expected, abs=1e-9)
    assert rows(drawing.table, beta=beta, kind="printed")["log_lambda"] == pytest.approx([printed])


def test_a_circle_is_an_extremum_of_its_curve(usual: Usual) -> None:
    (axes,) = usual("laplacian").figure.axes
    for beta, circles in zip(BETAS, marked(axes, "o"), strict=True):
        for x, y in circles:
            beside = model(np.array([x - 0.05, x + 0.05]), beta)
            # At beta = 1/2 both roots meet in a point of inflection.
            assert np.all(beside > y) or np.all(beside < y) or beta == 0.5


def test_axes_and_legend_of_the_model(usual: Usual, drawn: Any) -> None:
    (axes,) = usual("laplacian").figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == ("linear", "linear")
    assert r"\log\,\lambda" in axes.get_xlabel()
    assert axes.get_ylabel() == r"$-\Delta F$"
    assert axes.get_xlim() == (-8.0, 8.0)
    assert axes.get_ylim()[0] == 0.0
    assert "0.333" in axes.get_title(loc="left")
    assert "854" in axes.get_title(loc="left")
    assert drawn.legend(axes) == [
        *(rf"$\beta$ = {beta:g}" for beta in BETAS),
        "extremum, exact",
        "extremum, (9.4)",
    ]


def test_every_model_asked_for_has_a_curve_of_its_own(settings: PlotSettings, rows: Any) -> None:
    asked = replace(settings, model_betas=(0.5, 2.0), gammas=(0.2, 0.4), neurons=(10, 100))
    drawing = PLOTS["laplacian"].make([], asked)
    (axes,) = drawing.figure.axes
    curves = {line.get_label(): line for line in axes.lines if len(line.get_xdata()) > 100}
    assert len(curves) == 8
    assert len({(c.get_color(), c.get_linestyle()) for c in curves.values()}) == 8
    line = curves[r"$\beta$ = 2, $\gamma$ = 0.4, N = 100"]
    assert line.get_ydata() == pytest.approx(model(line.get_xdata(), 2.0, 0.4, 100))
    assert axes.get_title(loc="left") == ""
    table = rows(drawing.table, beta=2.0, gamma=0.4, neurons=100, kind="curve")
    assert table["negative_laplacian"] == pytest.approx(line.get_ydata())
