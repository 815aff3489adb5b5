"""How figures look: the house style, a user's style sheet on top of it, and the width."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl

from nnuniverse.errors import ConfigError
from nnuniverse.plots.formulas import formulas_kept
from nnuniverse.regular_files import read_regular

if TYPE_CHECKING:
    from matplotlib.typing import RcKeyType

SINGLE, DOUBLE = 3.4, 7.0
"""Widths of one and of both columns of a journal, inches."""

WIDTHS = {"single": SINGLE, "double": DOUBLE}

NARROWEST, WIDEST = 1.0, 30.0
"""Widths that a figure may have, inches: of a margin note and of a poster."""

FOREIGN = {"backend", "interactive", "timezone", "toolbar", "savefig.directory", "date.epoch"}
"""Settings of a program that shows figures, not of a figure."""

MOST_BYTES = 2**20
"""Of a style sheet: ten times all of matplotlib's settings with their explanations."""

STYLE = Path(__file__).with_name("style.mplstyle")


@dataclass(frozen=True)
class FigureStyle:
    """What a user changes of the house style.

    ``sheet``: settings of matplotlib; ``width``: of the figure in inches, None for the plot's own.
    """

    sheet: Mapping[RcKeyType, object] = field(default_factory=dict)
    width: float | None = None


@contextmanager
def house_style(style: FigureStyle | None = None) -> Iterator[None]:
    """Use the one style sheet, whatever the user's own defaults are, and ``style`` on top of it."""
    with mpl.rc_context(), formulas_kept():
        mpl.rcdefaults()
        mpl.rcParams.update(mpl.rc_params_from_file(STYLE, use_default_template=False))
        mpl.rcParams.update(style.sheet if style else {})
        yield


def read_style(path: Path, option: str = "`--style`") -> dict[RcKeyType, object]:
    """Return the settings in a style sheet of matplotlib, lines ``KEY: VALUE``.

    Raises ConfigError, on behalf of ``option``, for a file that cannot be read, and for a setting
    that matplotlib does not know, or that belongs to a program, not to a figure.

    ``path``: of the style sheet.
    """
    said = _Said()
    log = logging.getLogger("matplotlib")
    log.addHandler(said)
    propagated, log.propagate = log.propagate, False
    try:
        read_regular(path, MOST_BYTES)  # a pipe would never end
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is deprecated: it still holds
            found = mpl.rc_params_from_file(path, fail_on_error=True, use_default_template=False)
    except OSError as error:
        raise _bad(option, path, error.strerror or "cannot be read") from None
    except (ValueError, RuntimeError, TypeError) as error:  # also of what is no text
        raise _bad(option, path, str(error)) from None
    finally:
        log.removeHandler(said)
        log.propagate = propagated
    if said.lines:
        raise _bad(option, path, said.lines[0])
    if foreign := sorted(set(found) & FOREIGN):
        raise _bad(option, path, f"{foreign[0]} is none of a figure")
    return dict(found)


class _Said(logging.Handler):
    """Keeps what matplotlib says of a style sheet that it reads otherwise than it is written."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage().strip().partition("\n")[0])


def _bad(option: str, path: Path, why: str) -> ConfigError:
    return ConfigError(
        option,
        "be a style sheet of matplotlib",
        f"{str(path)!r}: {' '.join(why.split())}",
        "lines such as `font.size: 9`",
    )


def parse_width(text: str) -> float:
    """Return the inches that `--width` means; raises ConfigError for what is no width.

    ``text``: as it was typed.
    """
    if text in WIDTHS:
        return WIDTHS[text]
    try:
        width = float(text)
    except ValueError:
        width = 0.0
    if not NARROWEST <= width <= WIDEST:
        raise ConfigError(
            "`--width`",
            f"be single, double, or {NARROWEST:g} to {WIDEST:g} inches",
            f"is {text!r}",
            f"--width single, which is {SINGLE:g}",
        )
    return width
