"""From a YAML file and overrides to a validated config, or one line that says what is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from nnuniverse.config.explain import explain
from nnuniverse.config.model import STORED
from nnuniverse.config.overrides import apply_overrides
from nnuniverse.config.paths import with_absolute_paths
from nnuniverse.config.run import RunConfig
from nnuniverse.config.yaml_reader import MAX_CHARACTERS, read_yaml
from nnuniverse.errors import ConfigError
from nnuniverse.regular_files import open_regular

CONFIG_HELP = "`nnu config template`"

OF_A_SWEEP = "axes"
"""A key that every sweep has, and no config."""

Model = TypeVar("Model", bound=BaseModel)


def load_config(
    path: str | Path,
    overrides: Iterable[str] = (),
    relative_to: Path | None = None,
    *,
    stored: bool = False,
) -> RunConfig:
    """Read the config at ``path``, apply ``overrides`` and validate the result.

    ``path``: of a YAML file.  ``overrides``: ``dotted.key=value`` each, as on the command line.
    ``relative_to``: where relative paths in the file start; None: at its folder; those of the
    overrides start at the current one.  ``stored``: whether it is that of a run that is there,
    whose package may be gone.

    Returns a `RunConfig` with every default filled in, which `train` takes.  Raises ConfigError, in
    one line that names the dotted key.

    >>> config = nnuniverse.load_config("configs/deep.yaml", ["train.epochs=20"])
    >>> config.network.hidden, config.train.epochs
    ((40, 20), 20)
    """
    mapping = read_mapping(path, "CONFIG", CONFIG_HELP)
    if OF_A_SWEEP in mapping:
        remedy = f"`nnu sweep {path}`"
        raise ConfigError(f"CONFIG {str(path)!r}", "be the config of a run", "is a sweep", remedy)
    folder = Path(path).parent if relative_to is None else relative_to
    return parse_config(with_absolute_paths(mapping, folder), overrides, stored=stored)


def parse_config(
    mapping: object, overrides: Iterable[str] = (), *, stored: bool = False
) -> RunConfig:
    """Validate a config that is given as a mapping, after applying ``overrides``.

    ``mapping``: of keys to values or to mappings; what is left out has its default.
    ``overrides``: ``dotted.key=value`` each, as on the command line.  ``stored``: as for
    `load_config`.

    Relative paths start at the current folder.  Returns a `RunConfig` with every default filled in,
    which `train` takes.  Raises ConfigError, in one line that names the dotted key, what it must
    be, what it is and what to try.

    >>> nnuniverse.parse_config({"network": {"hidden": [30]}}, ["replicas=5"]).replicas
    5
    >>> nnuniverse.parse_config({"replicas": 0})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    nnuniverse.errors.ConfigError: `replicas` must be greater than or equal to 1, but is 0. ...
    """
    changed = apply_overrides(mapping_or_raise(mapping), overrides)
    return validate(RunConfig, with_absolute_paths(changed, Path()), CONFIG_HELP, stored=stored)


def read_mapping(path: str | Path, what: str, help_: str) -> dict[str, object]:
    """Read the YAML file at ``path``; ``what`` and ``help_`` word the ConfigError if it cannot."""
    try:
        with TextIOWrapper(_open(path), encoding="utf-8") as file:
            text = file.read(MAX_CHARACTERS + 1)  # enough to see that it is too long
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is not UTF-8 text"
        raise ConfigError(
            f"{what} {str(path)!r}", "be a readable file", f"{reason}", help_
        ) from None
    return mapping_or_raise(read_yaml(text, f"{what} {str(path)!r}"))


def _open(path: str | Path) -> BinaryIO:
    """Open a regular file, or what a shell hands over: standard input, `<(a command)`."""
    if str(path) == "/dev/stdin" or str(path).startswith("/dev/fd/"):
        return Path(path).open("rb")
    return open_regular(path)


def mapping_or_raise(content: object) -> dict[str, object]:
    """Return what YAML gave, nothing as no keys; raises ConfigError unless it is a mapping.

    ``content``: as YAML gave it.
    """
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError("a config", "be a mapping of keys", f"is {content!r:.60}", CONFIG_HELP)
    return content


def validate(
    model: type[Model], mapping: dict[str, object], help_: str, *, stored: bool = False
) -> Model:
    """Return ``mapping`` as a ``model``; raises ConfigError, which ends with ``help_``.

    ``stored``: as for `load_config`.
    """
    try:
        content = _tuples(_with_default_kinds(mapping, model))
        return model.model_validate(content, context={STORED: stored})
    except ValidationError as error:
        raise ConfigError(explain(error, model, help_)) from None
    except RecursionError:
        raise ConfigError("a config", "be plain data", "nests too deeply", help_) from None


def _tuples(value: object) -> object:
    """Return ``value`` with tuples for its lists: the models are strict, and do not change."""
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _with_default_kinds(mapping: dict[str, object], section: type[BaseModel]) -> dict[str, object]:
    """Let `network: {hidden: [60]}` mean the default kind of network."""
    filled = dict(mapping)
    for name, field in section.model_fields.items():
        given, default = mapping.get(name), _default_section(field)
        if default is not None and isinstance(given, dict):
            kind = getattr(default, "kind", None)
            whole = given if kind is None else {"kind": kind, **given}
            filled[name] = _with_default_kinds(whole, type(default))
    return filled


def _default_section(field: FieldInfo) -> BaseModel | None:
    """Return what a section is where it is given without a kind; None of what is no section."""
    if isinstance(field.default, BaseModel):
        return field.default
    may_be = [part for part in get_args(field.annotation) if part is not type(None)]
    optional = type(None) in get_args(field.annotation) and len(may_be) == 1
    if optional and isinstance(may_be[0], type) and issubclass(may_be[0], BaseModel):
        required = any(one.is_required() for one in may_be[0].model_fields.values())
        return None if required else may_be[0]()
    return None
