"""Cells of CSV files that no spreadsheet takes for formulas."""

from __future__ import annotations

from nnuniverse.errors import printable

FORMULA = ("=", "+", "-", "@")


def cell(value: object) -> object:
    """Return ``value`` as a cell of a CSV file: text in characters that print, all else as it is.

    Spreadsheets take text that begins with =, +, - or @ for a formula, which may do anything, so
    that gets an apostrophe before it.  Text that is a number has none: it is only one.
    """
    if not isinstance(value, str):
        return value
    text = printable(value)
    return f"'{text}" if text.startswith(FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
