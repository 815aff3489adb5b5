"""Options that take several numbers: between commas, or given again."""

from __future__ import annotations

import pytest

from nnuniverse.cli.options import numbers
from nnuniverse.errors import ConfigError


@pytest.mark.parametrize("given", [["0.5,1,1.4"], ["0.5", "1", "1.4"], ["0.5, 1", "1.4"]])
def test_commas_and_repetition_mean_the_same(given: list[str]) -> None:
    assert numbers("--beta", given) == [0.5, 1.0, 1.4]


def test_none_given() -> None:
    assert numbers("--beta", None) is None


@pytest.mark.parametrize("given", [["1;2"], [""], ["1", "x"], ["1,,2"]])
def test_what_is_no_number(given: list[str]) -> None:
    with pytest.raises(ConfigError, match="`--gamma` must be numbers between commas, but is "):
        numbers("--gamma", given)


@pytest.mark.parametrize("command", ["analyze", "ensemble", "plot", "report", "spectrum"])
def test_every_command_takes_both(command: str) -> None:
    from typer.main import get_command

    from nnuniverse.cli.app import app

    (option,) = [p for p in get_command(app).commands[command].params if "--beta" in p.opts]
    assert option.multiple
    assert option.metavar == "B,..."
