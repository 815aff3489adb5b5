"""The contact sheet shows samples of every class, each as what it is, with its label."""

from __future__ import annotations

import numpy as np

from nnuniverse.plots import Drawing, contact_sheet


def titles(drawing: Drawing) -> list[str]:
    return [axes.get_title() for axes in drawing.figure.axes if axes.get_title()]


def test_as_many_of_each_class_in_the_order_of_the_source() -> None:
    labels = np.asarray([0] * 50 + [1] * 50 + [2] * 3)
    inputs = np.arange(103)[:, None] * np.ones((103, 4))
    drawing = contact_sheet(inputs, labels, (2, 2), "mine")
    assert titles(drawing) == ["0"] * 19 + ["1"] * 18 + ["2"] * 3
    assert drawing.table["sample"] == [*range(19), *range(50, 68), 100, 101, 102]
    for axes, sample in zip(drawing.figure.axes, drawing.table["sample"], strict=False):
        (image,) = axes.images
        assert (image.get_array() == sample).all()
        assert image.get_clim() == (0, 102), "one scale for all"
    assert "40 of 103 training samples" in drawing.figure.get_suptitle()


def test_colours_and_curves() -> None:
    inputs = np.arange(24.0).reshape(2, 12)
    coloured = contact_sheet(inputs, np.asarray([1, 0]), (2, 2, 3), "a")
    assert coloured.figure.axes[0].images[0].get_array().max() == 1.0
    assert titles(coloured) == ["0", "1"]
    curves = contact_sheet(inputs, np.asarray([[-0.5, 1, 2], [3, 4, 5]]), (12,), "b$")
    assert titles(curves) == ["\N{MINUS SIGN}0.5, 1, ...", "3, 4, ..."]
    (line,) = curves.figure.axes[1].lines
    np.testing.assert_array_equal(line.get_ydata(), inputs[1])


def test_samples_that_are_all_alike() -> None:
    contact_sheet(np.zeros((3, 4)), np.zeros(3, int), (2, 2), "flat")
    contact_sheet(np.zeros((3, 4)), np.zeros(3, int), (4,), "flat")
