"""What people have put on a run: tags and a note, in a file of their own.

They are no part of what the run is: neither its identity nor its results know of them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nnuniverse.config.yaml_reader import read_yaml
from nnuniverse.errors import ConfigError, RunError
from nnuniverse.regular_files import read_regular
from nnuniverse.runs.atomic import replace_file
from nnuniverse.runs.folder import RunFolder

Scalar = str | int | float | bool

MAX_CHARACTERS = 10_000
"""Of a note, and of a tag's value: chosen as what a person would write."""

MAX_BYTES = 10_000_000
"""A longer file is none of ours."""

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", re.ASCII)


@dataclass(frozen=True)
class Annotations:
    """``tags``: by key; ``note``: free text, empty if there is none."""

    tags: Mapping[str, Scalar] = field(default_factory=dict)
    note: str = ""


def parse_tag(text: str) -> tuple[str, Scalar | None]:
    """Return key and value of ``KEY=VALUE``; None as the value of ``KEY=``, which removes a tag.

    The value is YAML, so that numbers can be compared.  Raises ConfigError if it has no such form.

    ``text``: ``KEY=VALUE``.
    """
    key, equals, written = text.partition("=")
    if not equals or not _KEY.fullmatch(key):
        raise ConfigError(
            "`--tag`",
            "be KEY=VALUE, the key of letters, digits, dot, dash and underscore",
            f"is {text!r:.100}",
            "--tag figure=3",
        )
    if not written.strip():
        return key, None
    value = read_yaml(written, f"the value of the tag `{key}`")
    if isinstance(value, bool | int):
        return key, value
    return key, value if isinstance(value, float) and math.isfinite(value) else written.strip()


def annotate(
    folder: RunFolder, tags: Mapping[str, Scalar | None], note: str | None = None
) -> Annotations:
    """Set ``tags`` of a run, remove those that are None, and set its ``note`` unless that is None.

    The file is replaced at once; of two processes that do so together, the later one wins.  Raises
    ConfigError for text that is too long, RunError if the file there is not one of ours, or cannot
    be written.

    ``folder``: that of the run.
    """
    for text in (note, *tags.values()):
        if isinstance(text, str) and len(text) > MAX_CHARACTERS:
            raise ConfigError(
                "a tag or note",
                f"have at most {MAX_CHARACTERS} characters",
                f"has {len(text)}",
                "a file outside of the run folder",
            )
    before = _read(folder)
    kept = {key: value for key, value in {**before.tags, **tags}.items() if value is not None}
    after = Annotations(kept, before.note if note is None else note)
    image = json.dumps({"tags": dict(after.tags), "note": after.note}, indent=1)
    replace_file(folder.annotations, f"{image}\n".encode(), "freeing space, then the same again")
    return after


def annotations_of(folder: RunFolder) -> Annotations:
    """Return what people have put on a run; nothing where the file is damaged.

    ``folder``: that of the run.
    """
    try:
        return _read(folder)
    except RunError:
        return Annotations()


def _read(folder: RunFolder) -> Annotations:
    """Return what the file says; raises RunError if it is not one of ours."""
    try:
        content = json.loads(read_regular(folder.annotations, MAX_BYTES))
        tags, note = content["tags"], content["note"]
    except FileNotFoundError:
        return Annotations()
    except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
        raise _damaged(folder) from error
    plain = isinstance(tags, dict) and all(isinstance(of, Scalar) for of in tags.values())
    if not plain or not isinstance(note, str):
        raise _damaged(folder)
    return Annotations(tags, note)


def _damaged(folder: RunFolder) -> RunError:
    return RunError(
        f"{str(folder.annotations)!r}", "hold tags and a note", "does not", "moving it away"
    )
