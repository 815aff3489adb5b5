"""What happens to files: bits flip, pages are lost, ends are missing, somebody edits them."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from random import Random
from typing import Any

import h5py
import numpy as np
from hypothesis import strategies as st

from nnuniverse.config import config_keys

Edit = Callable[[bytes], bytes]


class Told:
    """A function that, printed, says what it does."""

    def __init__(self, function: Callable[[Any], Any], *told: object) -> None:
        self._function = function
        self._told = told

    def __call__(self, content: Any) -> Any:
        return self._function(content)

    def __repr__(self) -> str:
        return f"<{', '.join(f'{one!r:.200}' for one in self._told)}>"


PAGE = 256

HEAD = 4096
"""Bytes at the beginning in which most of what describes a file stands."""


SHARES = st.integers(0, 2**64 - 1).map(lambda seed: Random(seed).random())
"""Of a whole, uniform: of Hypothesis' own floats a fifth would hit its beginning."""


def _place(content: bytes, where: float, at_head: bool) -> int:
    length = min(HEAD, len(content)) if at_head else len(content)
    return min(int(where * length), max(len(content) - 1, 0))


@st.composite
def _edits(draw: st.DrawFn) -> Edit:
    kind = draw(st.sampled_from(["flip", "set", "fill", "cut", "swap", "insert", "drop", "number"]))
    where, other = draw(SHARES), draw(SHARES)
    at_head, value = draw(st.booleans()), draw(st.integers(1, 255))
    number = draw(st.sampled_from([0, 1, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63, 2**64 - 1]))

    def edit(content: bytes) -> bytes:
        place, end = _place(content, where, at_head), _place(content, other, at_head)
        changed = bytearray(content)
        if kind == "flip" and changed:
            changed[place] ^= value
        elif kind == "set" and changed:
            changed[place] = value
        elif kind == "fill":
            changed[place : place + PAGE] = bytes(len(changed[place : place + PAGE]))
        elif kind == "cut":
            del changed[place:]
        elif kind == "swap":
            first, second = changed[place : place + PAGE], changed[end : end + PAGE]
            changed[place : place + PAGE] = second
            changed[end : end + PAGE] = first
        elif kind == "insert":
            changed[place:place] = bytes([value]) * (value % 7 + 1)
        elif kind == "drop":
            del changed[place : place + value % 17 + 1]
        elif kind == "number":
            changed[place : place + 8] = struct.pack("<Q", number)[: len(changed) - place]
        return bytes(changed)

    return Told(edit, kind, where, other, at_head, value, number)


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """One to four changes of a file's bytes."""
    chosen = draw(st.lists(_edits(), min_size=1, max_size=4))

    def apply(content: bytes) -> bytes:
        for edit in chosen:
            content = edit(content)
        return content

    return Told(apply, *chosen)


# --- HDF5 ----------------------------------------------------------------------------------------

ODD_VALUES: list[Any] = [
    *(0, -1, 2.5, b"x", "\u202e", True, 1j, [], [[1]], ["a", "b"], float("nan"), 2**62),
    np.zeros((2, 0)),
    np.arange(3)[::-1],
    np.full((2, 4), np.inf),
]

LINKS = [
    h5py.SoftLink("/mu2"),
    h5py.SoftLink("/nowhere"),
    h5py.ExternalLink("/etc/hostname", "/"),
    h5py.ExternalLink("results.h5", "/mu2"),
]


@st.composite
def hdf5_edits(draw: st.DrawFn) -> Edit:
    """One to three names or attributes of an HDF5 file that are something else."""
    kinds = ["lose", "value", "group", "link", "huge", "attribute", "no attribute", "root"]
    chosen = draw(
        st.lists(
            st.tuples(
                st.sampled_from(kinds),
                SHARES,
                st.sampled_from(ODD_VALUES),
                st.sampled_from(LINKS),
            ),
            min_size=1,
            max_size=3,
        )
    )

    def apply(content: bytes) -> bytes:
        memory = io.BytesIO(content)
        with h5py.File(memory, "r+") as file:
            for kind, where, value, link in chosen:
                _change(file, kind, where, value, link)
        return memory.getvalue()

    return Told(apply, *chosen)


def _change(file: h5py.File, kind: str, where: float, value: Any, link: Any) -> None:
    names = sorted(file)
    name = names[min(int(where * len(names)), len(names) - 1)] if names else "new"
    if kind in ("attribute", "no attribute"):
        of = file.get(name, default=file) if name in file else file
        keys = sorted(of.attrs) or ["units"]
        key = keys[min(int(where * 7919) % len(keys), len(keys) - 1)]
        if kind == "attribute":
            of.attrs[key] = value
        elif key in of.attrs:
            del of.attrs[key]
    elif kind == "root":
        keys = sorted(file.attrs)
        file.attrs[keys[min(int(where * len(keys)), len(keys) - 1)]] = value
    else:
        if names:
            del file[name]
        if kind == "value":
            file[name] = value
        elif kind == "group":
            file.create_group(name)
        elif kind == "link":
            file[name] = link
        elif kind == "huge":
            file.create_dataset(name, (2, 2**46), "f8", chunks=(1, 1024))


# --- text ----------------------------------------------------------------------------------------

ODD_TEXT = [
    *("", " ", "null", "~", "true", "nan", ".inf", "-.inf", "1e400", "-1", "0", "9" * 400, "1:30"),
    *("[", "]", "{}", "[[]]", "{a: {b: c}}", "[1, 2", "- a", "&a", "*a", "!!python/object:os.x"),
    *("!!int ''", "!!map [1]", "!!float x", "é", "\u202e", "\x1b[31m", "\x00", "'", '"', "%", "@"),
    *("../..", "/dev/null", "~/x", "a" * 5000, "[" * 2000, "? a", "<<: {a: 1}", "2**62", "0x"),
    *(str(2**31), str(2**62), str(2**63), str(2**64), "-0.0", "1e-400", "1_000", "=", "\ud800"),
]


@st.composite
def text_edits(draw: st.DrawFn) -> Callable[[str], str]:
    """One to three lines or words of a text, replaced, repeated, moved or lost."""
    kinds = ["replace", "lose", "repeat", "indent", "move", "value"]
    chosen = draw(
        st.lists(
            st.tuples(st.sampled_from(kinds), SHARES, SHARES, st.sampled_from(ODD_TEXT)),
            min_size=1,
            max_size=3,
        )
    )

    def apply(text: str) -> str:
        for kind, where, other, odd in chosen:
            lines = text.split("\n")
            at, to = (min(int(f * len(lines)), len(lines) - 1) for f in (where, other))
            if kind == "replace":
                lines[at] = odd
            elif kind == "lose":
                del lines[at]
            elif kind == "repeat":
                lines.insert(to, lines[at])
            elif kind == "indent":
                lines[at] = "  " + lines[at]
            elif kind == "move":
                lines.insert(to, lines.pop(at))
            else:
                lines[at] = lines[at].partition(":")[0] + ": " + odd
            text = "\n".join(lines)
        return text

    return Told(apply, *chosen)


def overrides() -> st.SearchStrategy[str]:
    """Overrides of a config: known and unknown keys, and values of every kind."""
    keys = st.one_of(
        st.sampled_from(config_keys()),
        st.sampled_from(["", ".", "a", "train", "network", "train.", "data.kind.x", "a" * 3000]),
    )
    numbers = st.one_of(st.integers(), st.floats()).map(repr)
    values = st.one_of(
        st.sampled_from(ODD_TEXT), numbers, st.text(max_size=20), _plain_data().map(json.dumps)
    )
    # No operating system lets these into an argument.
    return st.builds("{}={}".format, keys, values).map(
        lambda text: text.replace("\x00", "").encode(errors="replace").decode()
    )


def _plain_data() -> st.SearchStrategy[Any]:
    return st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=6,
    )
