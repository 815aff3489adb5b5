"""What the files of a figure are called: after the plot and the runs that it shows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

MOST_NAMED = 4
"""Runs that are all named; of more, the names and a digest of the ids."""

LONGEST = 100
"""Characters of a name with all runs in it: file systems take 255 bytes, with an ending."""


def file_name(plot: str, run_ids: Sequence[str]) -> str:
    """Return the name, without an ending, of the files of a ``plot`` of the runs with these ids.

    ``run_ids``: ``NAME/TIME-HASH`` each.  That of one run is ``plot`` alone, since its figures lie
    in its folder; of several, their names follow, with hashes, or times too, where names are alike.
    """
    if len(run_ids) < 2:
        return plot
    whole = "-".join([plot, *_told_apart(run_ids)])
    if len(run_ids) <= MOST_NAMED and len(whole) <= LONGEST:
        return whole
    names = list(dict.fromkeys(_name(one) for one in run_ids))
    digest = hashlib.sha256("\n".join(run_ids).encode(errors="surrogateescape")).hexdigest()
    begin = "-".join([plot, *names[:MOST_NAMED]])[:LONGEST]
    return f"{begin}-{len(run_ids)}-runs-{digest[:8]}"


def _told_apart(run_ids: Sequence[str]) -> list[str]:
    """Return as little of each id as tells it from the others."""
    forms = (_name, lambda one: f"{_name(one)}-{one.rpartition('-')[2]}")
    for form in forms:
        labels = [form(one) for one in run_ids]
        if max(Counter(labels).values()) == 1:
            return labels
    return [one.replace("/", "-") for one in run_ids]


def _name(run_id: str) -> str:
    return run_id.partition("/")[0]
