"""Files of printed numbers: what they may hold, and what is said of what they may not."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnuniverse.claims.reproduction.digits import (
    from_scale,
    half_digit,
    half_digit_on_scale,
    on_scale,
)
from nnuniverse.claims.reproduction.paper_files import load_printed_numbers, printed_paper
from nnuniverse.errors import ConfigError

NUMBER: dict[str, Any] = {
    "id": "one",
    "where": "Sec. 1",
    "says": "mu_2",
    "printed": "2.4",
    "quantity": "mu2.final",
    "run": "deep",
}
PAPER: dict[str, Any] = {
    "paper": "mine",
    "title": "Mine",
    "runs": {"deep": {"config": "deep.yaml"}, "grid": {"sweep": "sweeps/depth.yaml"}},
    "numbers": [NUMBER],
}


def with_(**keys: object) -> dict[str, Any]:
    paper = deepcopy(PAPER)
    paper["numbers"][0] |= keys
    return paper


def test_the_twelve_numbers_are_the_family() -> None:
    paper = load_printed_numbers("2004.09280").paper
    family = [number.id for number in paper.numbers if number.family == "numbers"]
    assert family == [
        "E1",
        "E4.shallow.mu2",
        "E4.shallow.mu3",
        "E4.deep.mu2",
        "E4.deep.mu3",
        "E5.gap.100",
        "E5.gap.1000",
        "E5.gap.10000",
        "E6.slope.20",
        "E6.intercept.20",
        "E6.slope.834",
        "E6.intercept.834",
    ]
    assert paper.figures == (1, 2, 3, 4, 5, 6, 7)
    assert {number.id.partition(".")[0] for number in paper.numbers} >= {
        f"E{n}" for n in range(1, 10)
    }


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"quantity": "exec(mu2)"}, "`numbers.one.quantity`"),
        ({"quantity": {"analysis": "gaps"}}, "`numbers.one.quantity.analysis`"),
        ({"quantity": {"analysis": "gap"}}, "`numbers.one.quantity.epoch`"),
        ({"quantity": {"analysis": "layers", "epoch": 1}}, "`numbers.one.quantity.epoch`"),
        ({"quantity": "edge_gp.final"}, "there is no `edge_gp`. Try a name of docs/observables"),
        ({"quantity": "mu_2.final"}, "there is no `mu_2`. Try mu2."),
        ({"quantity": "complexty_20.final"}, "there is no `complexty_20`. Try complexity."),
        ({"quantity": "slope(mu2, log entropy)"}, "there is no `entropy`"),
        ({"quantity": "log running_boundary_loss.final"}, "Try boundary_loss."),
        ({"quantity": {"analysis": "rises", "variable": "bulk_los"}}, "Try bulk_loss."),
        ({"scale": "square"}, "`numbers.0.scale`"),
        ({"scale": "sqrt", "printed": "-1.0"}, "`numbers.one.scale`"),
        ({"scale": "log", "printed": "0.0"}, "`numbers.one.scale`"),
        ({"run": "shallow"}, "`numbers.one.run`"),
        ({"run": "grid"}, "`numbers.one.run`"),
        ({"margin": 0}, "`numbers.0.margin"),
        ({"margin": {"absolute": 0.0}}, "`numbers.0.margin"),
        ({"printed": "-2.7e-10", "scale": "cbrt"}, "`numbers.one.margin`"),
        ({"printed": "few"}, "`numbers.one.printed`"),
        ({"sign": "-", "at_least": 2.0}, "`numbers.one`"),
        ({"cannot": "A30"}, "`numbers.one.quantity`"),
        ({"recorded": "perhaps"}, "`numbers.0.recorded`"),
        ({"python": "import os"}, "`numbers.0.python`"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(keys: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError) as error:
        printed_paper(with_(**keys), "mine.yaml")
    assert "mine.yaml: " in str(error.value)
    assert told in str(error.value)


def test_numbers_need_an_id_each_and_a_known_statement() -> None:
    with pytest.raises(ConfigError, match="one is that of 2"):
        printed_paper(PAPER | {"numbers": [NUMBER, NUMBER]}, "mine.yaml")
    claim = {"id": "x", "where": "here", "says": "it", "printed": "1", "cannot": "A99"}
    with pytest.raises(ConfigError, match=r"`numbers\.x\.cannot` must be the id"):
        printed_paper(PAPER | {"numbers": [claim]}, "mine.yaml")
    runs = {"deep": {"config": "deep.yaml", "sweep": "x.yaml"}}
    with pytest.raises(ConfigError, match=r"`runs\.deep` must have one of"):
        printed_paper(PAPER | {"runs": runs}, "mine.yaml")


def test_an_unknown_paper_is_told_which_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"neither.*2004\.09280"):
        load_printed_numbers("2004.99999")
    (tmp_path / "odd.yaml").write_text("train: {epochs: 3}\n")
    with pytest.raises(ConfigError, match="`train` must be a known key"):
        load_printed_numbers(str(tmp_path / "odd.yaml"))


@pytest.mark.parametrize(
    ("printed", "half"),
    [("2.4", 0.05), ("2.44", 0.005), ("-2.7e-10", 0.05e-10), ("769", 0.5), ("-3.0", 0.05)],
)
def test_half_a_unit_of_the_last_digit(printed: str, half: float) -> None:
    np.testing.assert_allclose(half_digit(printed), half, rtol=1e-12)
    np.testing.assert_allclose(half_digit_on_scale(printed, "identity"), half, rtol=1e-6)


def test_half_a_unit_on_a_scale_by_hand() -> None:
    expected = (np.sqrt(2.445) - np.sqrt(2.435)) / 2.0
    np.testing.assert_allclose(half_digit_on_scale("2.44", "sqrt"), expected)
    np.testing.assert_allclose(half_digit_on_scale("1", "log"), np.log(3.0) / 2.0)
    assert np.isfinite(half_digit_on_scale("0.0", "sqrt"))


@pytest.mark.parametrize("scale", ["identity", "log", "sqrt", "cbrt"])
def test_scales_go_there_and_back(scale: Any) -> None:
    values = np.array([0.3, 1.0, 7.0])
    np.testing.assert_allclose(from_scale(on_scale(values, scale), scale), values)
